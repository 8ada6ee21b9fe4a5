import { setTimeout as wait } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { allPermissions } from "../../../user-management/domain/roles.js";
import { type ApiDocument, type Operation, readApi } from "../support/api-document.js";
import { call } from "../support/call.js";
import { newOrganization, withEveryRole } from "../support/callers-over-http.js";
import { type Ask, leaksIn, problemsOf, questionsAbout } from "../support/isolation-check.js";
import { requestOf } from "../support/requests.js";
import type { StartedApp } from "../support/started-app.js";
import { buildWorld, type TenantWorld } from "../support/tenant-world.js";

const concurrency = 12;
const settlesWithinMs = 20_000;
/** Fields that differ from one reading to the next. */
const changing = new Set([
  "lastUsedAt",
  "lastRequest",
  "updatedAt",
  "generatedAt",
  "milliseconds",
  "uptimeSeconds",
  "exportedAt",
  "requestsThisMinute",
  "eventsThisMinute",
  "newestAnchor",
]);
/** What differs from one text to the next: its time, and the anchors that are set every few minutes. */
const changingTexts = /"exportedAt":"[^"]*"|"anchors":\[[^\]]*\]/g;

/** Reads that find nothing for the owner either, and why. */
const nothingThere: Record<string, string> = {
  getMyInvitation: "only the person who is invited reads an invitation there",
  getDeadLetter: "no event of the organization failed",
  getRollout: "no version of the rule is taking over from another",
  realtime: "a stream, which `events-in-and-out` opens; it needs topics and a WebSocket",
  readDeploymentLog: "a bundle runs nowhere, so it has no logs",
  readDeploymentMetrics: "a bundle runs nowhere, so nothing is measured",
  getTriggerSource: "no automatic rule stands on a data source",
  getTenantDeletion: "nobody asked for the organization's end",
};

/** Two organizations with the same data: whatever members of the one ask for, they get nothing of the other. */
export function isolationTests(app: () => StartedApp): void {
  let api: ApiDocument;
  /** The tenant whose members call, and the one whose ids they have got hold of. */
  let ours: TenantWorld;
  let theirs: TenantWorld;
  let before: Record<string, unknown>;
  const ask: Ask = (request) => call(app().url, request);

  beforeAll(async () => {
    const { url } = app();
    [api, ours, theirs] = await Promise.all([
      readApi(),
      newOrganization(url, "ours")
        .then((organization) => withEveryRole(url, organization, [...allPermissions]))
        .then((organization) =>
          buildWorld(url, organization, { marker: "marker-of-ours-71c2", entity: "people", recordId: 1 }),
        ),
      newOrganization(url, "theirs").then((organization) =>
        buildWorld(url, organization, { marker: "marker-of-theirs-9d4e", entity: "persons", recordId: 9001 }),
      ),
    ]);
    for (const id of ours.known) theirs.known.delete(id);
    before = await settledDataOf(theirs);
  }, 120_000);

  const reads = (): Operation[] =>
    api.operations.filter(({ method, secured }) => method === "GET" && secured);

  /** All that a tenant's owner can read, but for what reading itself changes. */
  async function everythingOf(world: TenantWorld): Promise<Record<string, unknown>> {
    const everything: Record<string, unknown> = {};
    await each(reads(), async (operation) => {
      const { headers } = world.callers[0]!;
      const { json, text } = await ask({ ...requestOf(operation, world), headers });
      everything[operation.name] =
        json === undefined
          ? text.replace(changingTexts, "")
          : JSON.parse(text, (key, value) => (changing.has(key) ? undefined : value));
    });
    return everything;
  }

  /** The same, once what was begun in the background has arrived. */
  async function settledDataOf(world: TenantWorld): Promise<Record<string, unknown>> {
    const deadline = Date.now() + settlesWithinMs;
    for (let last = ""; ; ) {
      const everything = await everythingOf(world);
      const text = JSON.stringify(Object.entries(everything).sort());
      if (text === last) return everything;
      if (Date.now() > deadline) throw new Error("the tenant's data does not come to rest");
      last = text;
      await wait(500);
    }
  }

  describe("a tenant's data", { timeout: 120_000 }, () => {
    it("is there for its own people: what the others ask for in vain does exist", async () => {
      const unanswered: string[] = [];
      let marked = 0;
      await each(reads(), async (operation) => {
        const { headers } = theirs.callers[0]!;
        const answer = await ask({ ...requestOf(operation, theirs), headers });
        if (answer.status >= 300 && !(operation.name in nothingThere))
          unanswered.push(`${operation.name}: ${answer.status} ${answer.text}`);
        if (answer.text.includes(theirs.marker)) marked += 1;
      });
      expect(unanswered).toEqual([]);
      expect(marked).toBeGreaterThan(8);
    });

    it("is in no list that anyone of another tenant reads", async () => {
      const problems: string[] = [];
      const asked = ours.callers.flatMap((caller) => reads().map((operation) => ({ caller, operation })));
      await each(asked, async ({ caller, operation }) => {
        const request = requestOf(operation, ours);
        const answer = await ask({ ...request, headers: caller.headers });
        for (const leak of leaksIn(answer, request, theirs))
          problems.push(`${operation.name} as ${caller.role}: ${leak}`);
        if (answer.status >= 500) problems.push(`${operation.name} as ${caller.role}: ${answer.status}`);
      });
      expect(problems).toEqual([]);
    });

    it("is in no answer to anyone of another tenant, and its ids are answered like missing ones", async () => {
      const problems: string[] = [];
      const questions = questionsAbout(api, { ours, theirs });
      expect(questions.length).toBeGreaterThan(50);
      expect(ours.callers.map(({ role }) => role)).toEqual(
        expect.arrayContaining(["owner", "admin", "editor", "operator", "auditor", "viewer", "api-key"]),
      );
      const asked = ours.callers.flatMap((caller) => questions.map((question) => ({ caller, question })));
      const isRead = ({ question }: (typeof asked)[number]) => question.operation.method === "GET";
      // Reads first: what callers write with a foreign id in it they find again in their own tenant.
      for (const part of [asked.filter(isRead), asked.filter((each) => !isRead(each))]) {
        await each(part, async ({ caller, question }) => {
          problems.push(...(await problemsOf(question, { ours, theirs }, caller, ask)));
        });
      }
      expect(problems).toEqual([]);
    });

    it("is as it was after all that the others tried", async () => {
      expect(await everythingOf(theirs)).toEqual(before);
    });

    it("is for nobody without a credential", async () => {
      const problems: string[] = [];
      await each(
        api.operations.filter(({ secured }) => secured),
        async (operation) => {
          const answer = await ask(requestOf(operation, theirs));
          const { code } = (answer.json ?? {}) as { code?: string };
          if (answer.status !== 401 || code !== "unauthenticated")
            problems.push(`${operation.name}: ${answer.status} ${answer.text}`);
        },
      );
      expect(problems).toEqual([]);
    });
  });
}

async function each<T>(items: T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
    }),
  );
}
