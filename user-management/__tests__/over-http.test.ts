import { randomUUID } from "node:crypto";
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Answer, call, succeed } from "../../api-gateway/__tests__/support/call.js";
import { type Instance, type StartedApp, startApp } from "../../api-gateway/__tests__/support/started-app.js";
import { ensurePostgres } from "../../embedded/src/providers/postgres/index.js";
import { signUp, signUpOwner } from "../../examples/demo/account.js";
import { type OidcServer, startOidcServer } from "./support/oidc-server.js";

const password = "correct horse battery staple";
/** Address in front of all processes: tokens of one are good for the others. */
const publicUrl = "http://localhost";

let oidc: OidcServer;
let app: StartedApp;
let other: Instance;

beforeAll(async () => {
  oidc = await startOidcServer();
  oidc.allow(`${publicUrl}/api/v1/auth/oauth2/callback/corp`);
  app = await startApp({
    PublicUrl: publicUrl,
    SignInProviders: JSON.stringify({ oidc: [oidc.provider] }),
    AXION_TENANT_GRACE_DAYS: "0",
  });
  other = await app.startAnother();
}, 180_000);

afterAll(async () => {
  await other?.stop();
  await app?.stop();
  await oidc?.stop();
});

/** Calls one of the processes with a bearer token. */
const as =
  (token: string, instance: Instance = app) =>
  (method: string, path: string, body?: unknown): Promise<Answer> =>
    call(instance.url, {
      method,
      path: `/api/v1${path}`,
      headers: { authorization: `Bearer ${token}` },
      body,
    });

async function newOwner() {
  const slug = `t-${randomUUID()}`;
  const token = await signUpOwner(app.url, { slug, email: `${slug}@example.com`, password });
  const headers = { authorization: `Bearer ${token}` };
  const me = { method: "GET", path: "/api/v1/me", headers };
  const { tenant } = await succeed<{ tenant: { id: string } }>(app.url, me);
  return { slug, token, tenantId: tenant.id, path: `/tenants/${tenant.id}` };
}

/** A member of the owner's organization. */
async function newMember(owner: { token: string }, role: string) {
  const email = `${randomUUID()}@example.com`;
  const token = await signUp(app.url, { email, password });
  const { json } = await as(owner.token)("POST", "/invitations", { email, role });
  const accepted = await as(token)("POST", `/invitations/${(json as { id: string }).id}/accept`);
  expect(accepted.status).toBe(200);
  const { json: me } = await as(token)("GET", "/me");
  return { token, email, userId: (me as { user: { id: string } }).user.id };
}

const audited = async (token: string, action: string) =>
  await vi.waitFor(
    async () => {
      const { json } = await as(token)("GET", "/audit/entries?limit=100");
      const { entries } = json as { entries: { eventType: string }[] };
      expect(entries.map(({ eventType }) => eventType)).toContain(action);
    },
    { timeout: 15_000, interval: 100 },
  );

describe("a provider from the configuration", () => {
  const cookieOf = (answer: Answer, name: string) =>
    answer.headers
      .getSetCookie()
      .find((cookie) => cookie.startsWith(`${name}=`))
      ?.split(";", 1)[0] ?? "";

  /** As far as the provider sends the browser back. */
  async function throughProvider(login: string) {
    const body = { providerId: "corp", callbackURL: "/api/v1/me" };
    const begun = await call(app.url, { method: "POST", path: "/api/v1/auth/sign-in/oauth2", body });
    const { pathname, search } = new URL(await oidc.signIn((begun.json as { url: string }).url, login));
    return { path: pathname + search, cookie: cookieOf(begun, "axion.state") };
  }

  const comeBack = (path: string, cookie: string) =>
    call(app.url, { method: "GET", path, headers: { cookie } });

  it("signs people in, who are known by the second time", async () => {
    for (const time of ["first", "second"]) {
      const { path, cookie } = await throughProvider("ada");
      const answer = await comeBack(path, cookie);
      expect(answer.status).toBe(302);
      expect(answer.headers.get("location")).toBe("/api/v1/me");
      const session = cookieOf(answer, "axion.session_token");
      const me = await call(app.url, { method: "GET", path: "/api/v1/me", headers: { cookie: session } });
      expect(me.json).toMatchObject({ user: { email: "ada@corp.example" }, credential: "session" });
      const { token } = await succeed<{ token: string }>(app.url, {
        method: "GET",
        path: "/api/v1/auth/token",
        headers: { cookie: session },
      });
      const slug = `t-${randomUUID()}`;
      if (time === "first") await as(token)("POST", "/tenants", { name: "Corp", slug });
      else await audited(token, "signed-in");
    }
  });

  it("lets an answer in once, and only to the browser that asked", async () => {
    const { path, cookie } = await throughProvider("bob");
    const elsewhere = await comeBack(path, "");
    expect(elsewhere.headers.get("location")).toContain("error=");
    const used = await throughProvider("bob");
    await comeBack(used.path, used.cookie);
    const again = await comeBack(used.path, used.cookie);
    expect(again.headers.get("location")).toContain("error=");
    for (const answer of [elsewhere, again]) expect(cookieOf(answer, "axion.session_token")).toBe("");
    expect(cookie).not.toBe("");
  });

  it("does not open an account to an address that it has not verified", async () => {
    await signUp(app.url, { email: "newcomer@corp.example", password });
    const { path, cookie } = await throughProvider("newcomer");
    const answer = await comeBack(path, cookie);
    expect(answer.headers.get("location")).toContain("error=account_not_linked");
    expect(cookieOf(answer, "axion.session_token")).toBe("");
  });
});

describe("within five seconds, on every process", () => {
  it("a removed member has lost access: session, token and API key", async () => {
    const owner = await newOwner();
    const member = await newMember(owner, "admin");
    const { json: jwt } = await as(member.token)("GET", "/auth/token");
    const { json: made } = await as(member.token)("POST", "/api-keys", {
      name: "k",
      permissions: ["schema:read"],
    });
    const credentials = [member.token, (jwt as { token: string }).token, (made as { key: string }).key];
    const open = async () => {
      const calls = [app, other].flatMap((instance) =>
        credentials.map((token) => as(token, instance)("GET", "/conversion/rules")),
      );
      return (await Promise.all(calls)).map(({ status }) => status);
    };
    expect(await open()).toEqual(Array(6).fill(200));
    const removed = await as(owner.token)("DELETE", `/members/${member.userId}`);
    expect(removed.status).toBe(200);
    await vi.waitFor(async () => expect(await open()).not.toContain(200), { timeout: 5_000, interval: 100 });
  });

  it("a revoked key opens nothing, and one of a suspended organization neither, until it is resumed", async () => {
    const owner = await newOwner();
    const { json } = await as(owner.token)("POST", "/api-keys", { name: "k", permissions: ["schema:read"] });
    const key = json as { id: string; key: string };
    const status = async (instance: Instance) =>
      (await as(key.key, instance)("GET", "/conversion/rules")).status;
    const becomes = async (wanted: number, timeout: number) => {
      for (const instance of [app, other]) {
        await vi.waitFor(async () => expect(await status(instance)).toBe(wanted), { timeout, interval: 50 });
      }
    };
    await becomes(200, 1_000);
    await as(owner.token)("POST", `${owner.path}/suspend`);
    await becomes(403, 2_000);
    await as(owner.token)("POST", `${owner.path}/resume`);
    await becomes(200, 2_000);
    await as(owner.token)("DELETE", `/api-keys/${key.id}`);
    await becomes(401, 5_000);
  });
});

describe("while tenant-management's database is down", () => {
  it("an organization can be founded, and is whole once the database is back", async () => {
    const email = `${randomUUID()}@example.com`;
    const token = await signUp(app.url, { email, password });
    const server = await ensurePostgres({ appDir: app.appDir, log: () => {} });
    const admin = postgres(server.adminUrl, { max: 1, onnotice: () => {} });
    try {
      await admin`alter database tenant_management with allow_connections false`;
      await admin`select pg_terminate_backend(pid) from pg_stat_activity where datname = 'tenant_management'`;
      const founded = await as(token)("POST", "/tenants", { name: "Late", slug: `t-${randomUUID()}` });
      expect(founded.status).toBe(200);
      expect((await as(token)("GET", "/members")).status).toBe(200);
      await admin`alter database tenant_management with allow_connections true`;
      const { id } = founded.json as { id: string };
      await vi.waitFor(
        async () => expect((await as(token)("GET", `/tenants/${id}`)).json).toMatchObject({ name: "Late" }),
        { timeout: 20_000, interval: 200 },
      );
    } finally {
      await admin.end();
      await server.release();
    }
  });
});

describe("all data of an organization", () => {
  async function withRecords(records: number) {
    const owner = await newOwner();
    const entity = {
      fields: [
        { name: "id", type: "bigint" },
        { name: "text", type: "text" },
      ],
      primaryKey: ["id"],
    };
    await as(owner.token)("POST", "/workspace/entities", { name: "leads", ...entity });
    for (let first = 0; first < records; first += 1_000) {
      const batch = Array.from({ length: 1_000 }, (_, place) => ({
        id: first + place,
        text: "x".repeat(200),
      }));
      const loaded = await as(owner.token)("POST", "/workspace/entities/leads/records", { records: batch });
      expect(loaded.status).toBe(200);
    }
    return owner;
  }

  it("is removed by its deletion, and a receipt says so when nobody belongs to it any more", async () => {
    const owner = await withRecords(1_000);
    const { json } = await as(owner.token)("POST", `${owner.path}/deletion`, { confirmSlug: owner.slug });
    const { receiptId } = json as { receiptId: string };
    await vi.waitFor(
      async () => {
        const path = `/api/v1/deletion-receipts/${receiptId}`;
        const { json: receipt } = await call(app.url, { method: "GET", path });
        expect(receipt).toMatchObject({ state: "completed" });
        const { services } = receipt as { services: { service: string; counts: Record<string, number> }[] };
        expect(services).toHaveLength(6);
        const found = services.find(({ service }) => service === "data-processing");
        expect(found?.counts).toMatchObject({ "workspace.entities": 1 });
      },
      { timeout: 25_000, interval: 200 },
    );
    await vi.waitFor(
      async () => {
        const { status, json: refused } = await as(owner.token)("GET", "/workspace/entities");
        expect([status, refused]).toMatchObject([400, { details: { reason: "organization_missing" } }]);
      },
      { timeout: 10_000, interval: 200 },
    );
  });

  it("is exported whole when the process is killed in the middle", { timeout: 90_000 }, async () => {
    const owner = await withRecords(20_000);
    const { json } = await as(owner.token, other)("POST", `${owner.path}/exports`);
    const { id } = json as { id: string };
    const state = async () =>
      (await as(owner.token)("GET", `${owner.path}/exports/${id}`)).json as { state: string; items: number };
    await vi.waitFor(async () => expect((await state()).items).toBeGreaterThan(2_000), {
      timeout: 20_000,
      interval: 10,
    });
    await other.kill();
    expect((await state()).state).toBe("running");
    await vi.waitFor(async () => expect((await state()).state).toBe("completed"), {
      timeout: 60_000,
      interval: 500,
    });
    const { text } = await as(owner.token)("GET", `${owner.path}/exports/${id}/download`);
    const lines = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const leads = lines.filter(({ kind }) => kind === "workspace-record:leads");
    expect(new Set(leads.map(({ data }) => data.id)).size).toBe(20_000);
    expect(leads).toHaveLength(20_000);
  });
});
