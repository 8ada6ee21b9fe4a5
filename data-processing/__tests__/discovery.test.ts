import { createServer, type Server } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { data_processing, tenant_management } from "~encore/clients";
import { allPages } from "../../shared/__tests__/all-pages.js";
import { newCaller } from "../../shared/__tests__/callers.js";
import { type OwnPostgres, startOwnPostgres } from "../../tenant-management/__tests__/own-postgres.js";

const authData = newCaller("source:manage", "schema:read");
const { tenantId } = authData;
let own: OwnPostgres;
let silent: Server;

const oddName = 'Odd.Name "x"; DROP TABLE accounts; --';

beforeAll(async () => {
  own = await startOwnPostgres();
  await own.admin.unsafe(`
    CREATE TYPE stage AS ENUM ('new', 'won', 'lost');
    CREATE DOMAIN address AS text CHECK (VALUE ~ '@');
    CREATE DOMAIN home_address AS address;
    CREATE TABLE accounts (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, gone text, name text NOT NULL UNIQUE, mail home_address,
      stage stage NOT NULL DEFAULT 'new', score int CHECK (score BETWEEN 0 AND 100),
      total numeric(12,2) GENERATED ALWAYS AS (score * 2.5) STORED);
    ALTER TABLE accounts DROP COLUMN gone;
    COMMENT ON TABLE accounts IS 'Companies';
    COMMENT ON COLUMN accounts.name IS 'As registered';
    CREATE TABLE contacts (id uuid PRIMARY KEY, account_id bigint NOT NULL REFERENCES accounts, first text, last text, UNIQUE (last, first));
    CREATE VIEW account_names AS SELECT name FROM accounts;
    CREATE MATERIALIZED VIEW top_accounts AS SELECT id, name FROM accounts;
    CREATE TABLE events (at date NOT NULL) PARTITION BY RANGE (at);
    CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    CREATE TABLE "Zebra" (id int); CREATE TABLE "apple" (id int); CREATE TABLE "Äpfel" (id int);
    CREATE TABLE "Odd.Name ""x""; DROP TABLE accounts; --" ("Key" int PRIMARY KEY, "ünï.cödé" text);
    INSERT INTO accounts (name, stage, score) SELECT 'Company ' || i, 'won', i % 10 FROM generate_series(1, 200) i;
    ANALYZE accounts;
    CREATE ROLE nobody_here LOGIN PASSWORD 'nobody';`);
  silent = createServer().listen(0, "127.0.0.1");
  await addSource("crm", own.url);
}, 60_000);

afterAll(async () => {
  silent?.close();
  await own?.stop();
});

async function addSource(name: string, url: string): Promise<void> {
  await tenant_management.createDataSource({ tenantId, name, url }, { authData });
}

const analyze = (entityType: string, source = "crm", refresh = true) =>
  data_processing.analyzeEntity({ entityType, source, refresh }, { authData });

describe("an entity", () => {
  it("is described with its columns, constraints, comments and statistics", async () => {
    const { fields, ...entity } = await analyze("accounts");
    expect(entity).toMatchObject({
      kind: "table",
      comment: "Companies",
      estimatedRows: 200,
      uniqueKeys: [
        { name: "accounts_pkey", primary: true, fields: ["id"] },
        { name: "accounts_name_key", primary: false, fields: ["name"] },
      ],
      checks: [{ name: "accounts_score_check", fields: ["score"] }],
    });
    const byName = Object.fromEntries(fields.map((field) => [field.name, field]));
    expect(Object.keys(byName)).toEqual(["id", "name", "mail", "stage", "score", "total"]);
    expect(byName.id).toMatchObject({
      dataType: "bigint",
      primaryKey: true,
      generated: true,
      nullable: false,
    });
    expect(byName.name).toMatchObject({ unique: true, comment: "As registered", nullable: false });
    expect(byName.mail).toMatchObject({ kind: "string", domain: { name: "public.home_address" } });
    expect(byName.stage).toMatchObject({ enumValues: ["new", "won", "lost"], hasDefault: true });
    expect(byName.stage!.statistics?.commonValues).toEqual([{ value: "won", frequency: 1 }]);
    expect(byName.score!.statistics).toMatchObject({ nullFraction: 0, distinctValues: 10 });
    expect(byName.total).toMatchObject({ dataType: "numeric(12,2)", generated: true });
  });

  it("shows where it points to, in the order of the key", async () => {
    const { references, uniqueKeys } = await analyze("contacts");
    expect(references).toEqual([
      {
        name: "contacts_account_id_fkey",
        fields: ["account_id"],
        entityType: "accounts",
        referencedFields: ["id"],
      },
    ]);
    expect(uniqueKeys[1]!.fields).toEqual(["last", "first"]);
  });

  it.each([
    ["account_names", "view", undefined],
    ["top_accounts", "view", "materialized"],
    ["events", "table", "partitioned"],
    ["events_2026", "table", undefined],
  ])("%s is a %s, %s", async (name, kind, variant) => {
    const entity = await analyze(name);
    expect([entity.kind, entity.variant]).toEqual([kind, variant]);
  });

  it("is found by a name with quotes, dots and SQL in it, and nothing else happens", async () => {
    const entity = await analyze(`"${oddName.replaceAll('"', '""')}"`);
    expect(entity.fields.map(({ name }) => name)).toEqual(["Key", "ünï.cödé"]);
    await expect(analyze("x'; DROP TABLE accounts; --")).rejects.toMatchObject({ code: "not_found" });
    await expect(analyze("x\\'; DROP TABLE accounts; --")).rejects.toMatchObject({ code: "not_found" });
    expect((await analyze("public.accounts")).entityType).toBe("accounts");
  });

  it("that another letter case names does not exist", async () => {
    await expect(analyze("Accounts")).rejects.toMatchObject({ details: { reason: "unknown_entity" } });
  });

  it("is kept for 5 minutes, also under another spelling, until it is refreshed", async () => {
    const { lastAnalyzed } = await analyze("contacts");
    expect((await analyze("public.contacts", "crm", false)).lastAnalyzed).toEqual(lastAnalyzed);
    expect((await analyze("contacts", "crm", true)).lastAnalyzed).not.toEqual(lastAnalyzed);
  });

  it("is read anew where its source leads to another database", async () => {
    await addSource("moving", own.url);
    await analyze("accounts", "moving");
    await own.admin.unsafe("CREATE DATABASE elsewhere");
    const url = own.url.replace(/\/postgres$/, "/elsewhere");
    await tenant_management.updateDataSource({ tenantId, source: "moving", url }, { authData });
    await expect(analyze("accounts", "moving", false)).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("the entities of a source", () => {
  it("are listed page by page without a gap, whatever their letters", async () => {
    const entities = (sort?: string) =>
      allPages(async (page) => {
        const found = await data_processing.listEntities({ source: "crm", sort, ...page }, { authData });
        return { items: found.entities.map(({ entityType }) => entityType), nextCursor: found.nextCursor };
      });
    const listed = await entities();
    expect(await entities("entityType")).toEqual(listed);
    expect(await entities("-entityType")).toEqual([...listed].reverse());
    await expect(entities("fieldCount")).rejects.toMatchObject({
      code: "invalid_argument",
      message: "sort: expected one of entityType, -entityType.",
    });
    expect(new Set(listed).size).toBe(listed.length);
    expect(listed).toEqual(expect.arrayContaining(["Zebra", "apple", "Äpfel", "accounts", "events"]));
    expect(listed).not.toContain("events_2026");
  });

  it("are refreshed in pages, which tell what is new, changed and gone", async () => {
    const refresh = async () => {
      const found = { changed: [] as string[], removed: [] as string[] };
      for (let cursor: string | undefined; ; ) {
        const page = await data_processing.refreshSchemas({ source: "crm", limit: 3, cursor }, { authData });
        found.changed.push(...page.changed);
        found.removed.push(...page.removed);
        cursor = page.nextCursor;
        if (cursor === undefined) return found;
      }
    };
    await refresh();
    expect(await refresh()).toEqual({ changed: [], removed: [] });
    await own.admin.unsafe(
      'ALTER TABLE contacts ADD COLUMN phone text; DROP TABLE "Zebra"; CREATE TABLE added (id int)',
    );
    expect(await refresh()).toEqual({ changed: ["added", "contacts"], removed: ["Zebra"] });
  });

  it("are none where the user may read nothing", async () => {
    const url = new URL(own.url);
    Object.assign(url, { username: "nobody_here", password: "nobody" });
    await own.admin.unsafe("REVOKE ALL ON SCHEMA public FROM PUBLIC");
    await addSource("blind", url.href);
    expect(await data_processing.listEntities({ source: "blind" }, { authData })).toEqual({ entities: [] });
    await expect(analyze("accounts", "blind")).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("a source", () => {
  it("that does not answer ends the call with a clear error", async () => {
    const { port } = silent.address() as { port: number };
    await addSource("silent", `postgres://ada:secret@127.0.0.1:${port}/crm`);
    await expect(analyze("accounts", "silent")).rejects.toMatchObject({
      code: "unavailable",
      details: { reason: "source_unreachable", problem: "connection_timeout", dataSource: "silent" },
    });
  }, 20_000);

  it("that refuses the password says so", async () => {
    const url = new URL(own.url);
    url.password = "nope";
    await addSource("refusing", url.href);
    await expect(analyze("accounts", "refusing")).rejects.toMatchObject({
      code: "failed_precondition",
      details: { problem: "password_wrong" },
    });
  });

  it("of another tenant is answered like one that is missing", async () => {
    const stranger = newCaller("schema:read");
    const calls = [
      () => data_processing.analyzeEntity({ entityType: "accounts", source: "crm" }, { authData: stranger }),
      () => data_processing.listEntities({ source: "crm" }, { authData: stranger }),
      () => data_processing.refreshSchemas({ source: "crm" }, { authData: stranger }),
    ];
    for (const call of calls) {
      await expect(call()).rejects.toMatchObject({ details: { reason: "unknown_data_source" } });
    }
  });
});
