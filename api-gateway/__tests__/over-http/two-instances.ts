import { randomUUID } from "node:crypto";
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { ensurePostgres } from "../../../embedded/src/providers/postgres/index.js";
import { type Answer, type Call, call, succeed } from "../support/call.js";
import { newOrganization, type Organization } from "../support/callers-over-http.js";
import type { Instance, StartedApp } from "../support/started-app.js";

const freePlan = { requestsPerMinute: 600, ofOneCaller: 480 };

const project = (name: string) => ({ name, model: { services: [{ name: "orders", port: 4001 }] } });
const createProject = (headers: Record<string, string>, key: string, name: string): Call => ({
  method: "POST",
  path: "/api/v1/projects",
  headers: { ...headers, "idempotency-key": key },
  body: project(name),
});
const reasonOf = ({ json }: Answer) => (json as { details?: { reason?: string } }).details?.reason;

/** A second process beside the first one, and a third that is killed: limits and `Idempotency-Key` hold over all. */
export function twoInstancesTests(app: () => StartedApp): void {
  let second: Instance;
  let ours: Organization;
  let theirs: Organization;
  let server: Awaited<ReturnType<typeof ensurePostgres>>;

  beforeAll(async () => {
    const { url, appDir, startAnother } = app();
    server = await ensurePostgres({ appDir, log: () => {} });
    [second, ours, theirs] = await Promise.all([
      startAnother(),
      newOrganization(url, "limited"),
      newOrganization(url, "repeating"),
    ]);
  }, 180_000);

  afterAll(async () => {
    await second?.stop();
    await server?.release();
  });

  /** A connection with all rights to one of the app's databases. */
  async function withDatabase<T>(name: string, work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
    const url = new URL(server.adminUrl);
    url.pathname = `/${name}`;
    const sql = postgres(url.href, { max: 1, onnotice: () => {} });
    try {
      return await work(sql);
    } finally {
      await sql.end({ timeout: 1 });
    }
  }

  describe("two processes on one database", () => {
    it("let one caller through exactly as often as the plan allows, and say when to come again", {
      timeout: 90_000,
    }, async () => {
      const { headers } = ours.callers[0]!;
      await withDatabase(
        "tenant_management",
        (sql) => sql`update tenants set plan = 'free' where id = ${ours.tenantId}`,
      );
      const me: Call = { method: "GET", path: "/api/v1/me", headers };
      await vi.waitFor(async () => {
        const { headers: told } = await call(app().url, me);
        expect(told.get("ratelimit-policy")).toBe(
          `"caller";q=${freePlan.ofOneCaller};w=60, "tenant";q=${freePlan.requestsPerMinute};w=60`,
        );
        const { headers: toldToo } = await call(second.url, me);
        expect(toldToo.get("ratelimit-policy")).toContain(`q=${freePlan.ofOneCaller}`);
      }, 10_000);
      await withDatabase("api_gateway", (sql) => sql`delete from request_counts`);
      const answers: Answer[] = [];
      const queue = Array.from({ length: freePlan.ofOneCaller + 120 }, (_, index) => index);
      const work = async (): Promise<void> => {
        for (let next = queue.shift(); next !== undefined; next = queue.shift())
          answers.push(await call(next % 2 === 0 ? app().url : second.url, me, { patient: false }));
      };
      await Promise.all(Array.from({ length: 16 }, work));
      const refused = answers.filter(({ status }) => status === 429);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(freePlan.ofOneCaller);
      expect(refused).toHaveLength(120);
      for (const { headers: told, json } of refused) {
        expect(Number(told.get("retry-after"))).toBeGreaterThan(0);
        expect(told.get("ratelimit")).toContain('"caller";r=0');
        expect(json).toMatchObject({
          code: "resource_exhausted",
          details: { reason: "rate_limited", limitedBy: "caller" },
        });
      }
      const [other] = theirs.callers;
      expect((await call(app().url, { ...me, headers: other!.headers }, { patient: false })).status).toBe(
        200,
      );
    });

    it("carry a request out once, whichever it comes to, and answer alike", async () => {
      const { headers } = theirs.callers[0]!;
      const key = randomUUID();
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          call(index % 2 === 0 ? app().url : second.url, createProject(headers, key, "once")),
        ),
      );
      const done = answers.filter(({ status }) => status === 200);
      expect(new Set(done.map(({ text }) => text)).size).toBe(1);
      for (const each of answers.filter(({ status }) => status !== 200))
        expect([each.status, reasonOf(each)]).toEqual([409, "idempotency_key_in_use"]);
      const again = await call(second.url, createProject(headers, key, "once"));
      expect([again.status, again.text, again.headers.get("idempotency-replayed")]).toEqual([
        200,
        done[0]!.text,
        "true",
      ]);
      const otherBody = await call(app().url, createProject(headers, key, "twice"));
      expect([otherBody.status, reasonOf(otherBody)]).toEqual([422, "idempotency_key_reused"]);
      // Encore's own runtime drops the body of such an answer: the header has it on every host.
      expect(JSON.parse(otherBody.text)).toMatchObject(JSON.parse(otherBody.headers.get("axion-error")!));
      const { projects } = await succeed<{ projects: { name: string }[] }>(app().url, {
        method: "GET",
        path: "/api/v1/projects",
        headers,
      });
      expect(projects.map(({ name }) => name)).toEqual(["once"]);
    });

    it("know the same key of another tenant as another key", async () => {
      await withDatabase("api_gateway", (sql) => sql`delete from request_counts`);
      const key = randomUUID();
      for (const [index, { callers }] of [ours, theirs].entries()) {
        const answer = await call(app().url, createProject(callers[0]!.headers, key, `same-key-${index}`));
        expect([answer.status, (answer.json as { name: string }).name]).toEqual([200, `same-key-${index}`]);
      }
    });

    it("do not repeat what the other was killed over, between its effect and its answer", {
      timeout: 60_000,
    }, async () => {
      const { headers } = theirs.callers[0]!;
      const key = randomUUID();
      const request = createProject(headers, key, "interrupted");
      const doomed = await app().startAnother();
      // The effect waits for the first lock, the keeping of its answer for the second; killed in between.
      await withDatabase("api_gateway", async (gateway) => {
        let answer: Promise<unknown> = Promise.resolve();
        await gateway.begin(async (keeping) => {
          await withDatabase("projects", async (projects) => {
            await projects.begin(async (effect) => {
              await effect`lock table projects in exclusive mode`;
              answer = call(doomed.url, request).catch((error: unknown) => error);
              await vi.waitFor(async () => {
                const rows =
                  await keeping`select 1 from idempotent_requests where state = 'running' for update`;
                expect(rows).toHaveLength(1);
              }, 10_000);
            });
            await vi.waitFor(async () => {
              expect(await projects`select 1 from projects where name = 'interrupted'`).toHaveLength(1);
            }, 10_000);
          });
          await doomed.kill();
        });
        expect(await answer).toBeInstanceOf(Error);
        const soon = await call(second.url, request);
        expect([soon.status, reasonOf(soon)]).toEqual([409, "idempotency_key_in_use"]);
        await gateway`update idempotent_requests set lease_until = now() where state = 'running'`;
        const later = await call(second.url, request);
        expect([later.status, reasonOf(later)]).toEqual([409, "idempotency_outcome_unknown"]);
      });
      const { projects } = await succeed<{ projects: { name: string }[] }>(app().url, {
        method: "GET",
        path: "/api/v1/projects",
        headers,
      });
      expect(projects.filter(({ name }) => name === "interrupted")).toHaveLength(1);
    });
  });
}
