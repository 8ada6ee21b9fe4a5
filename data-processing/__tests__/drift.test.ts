import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { data_processing, tenant_management } from "~encore/clients";
import { newCaller } from "../../shared/__tests__/callers.js";
import { type OwnPostgres, startOwnPostgres } from "../../tenant-management/__tests__/own-postgres.js";
import { db } from "../db.js";
import { checkRulesOfEntity } from "../drift/domain/check-entity.js";
import { checkDueTenants, checkTenant } from "../drift/domain/check-tenants.js";
import { ruleWorld } from "../entity-conversion/world.js";

let own: OwnPostgres;

beforeAll(async () => {
  own = await startOwnPostgres();
}, 60_000);

afterAll(async () => {
  await own?.stop();
});

/** A rule from a table of its own in the tenant's database to an entity of the workspace. */
async function withRule() {
  const authData = newCaller("source:manage", "schema:read", "conversion:create");
  const { tenantId } = authData;
  const table = `leads_${randomUUID().slice(0, 8)}`;
  await own.admin.unsafe(`CREATE TABLE ${table} (id int PRIMARY KEY, name text, mail text)`);
  await tenant_management.createDataSource({ tenantId, name: "crm", url: own.url }, { authData });
  const fields = [
    { name: "id", type: "integer" as const },
    { name: "name", type: "text" as const },
  ];
  await data_processing.createWorkspaceEntity({ name: "people", fields, primaryKey: ["id"] }, { authData });
  const definition = {
    name: "leads to people",
    source: { dataSource: "crm", entity: `public.${table}` },
    target: { entity: "people" },
    naturalKey: ["id"],
    mappings: [
      { target: "id", column: "id" },
      { target: "name", expression: "lower(record.name)" },
    ],
  };
  const rule = await data_processing.createRule({ definition }, { authData });
  const world = ruleWorld({ tenantId, userID: "system" }, { fresh: true });
  const read = () => data_processing.getRule({ ruleId: rule.id }, { authData });
  return { authData, tenantId, table, definition, rule, world, read };
}

const unknownField = { path: "mappings[1].expression", code: "unknown_field" };

describe("a rule whose source changes", () => {
  it("is marked with the field, and the mark goes when the schema is mended", async () => {
    const { tenantId, table, world, read } = await withRule();
    const changed = { dataSource: "crm", entity: table };
    await own.admin.unsafe(`ALTER TABLE ${table} RENAME name TO full_name`);
    await checkRulesOfEntity(db, world, tenantId, changed);
    expect((await read()).problems).toEqual([expect.objectContaining(unknownField)]);
    const { driftedAt } = await read();
    await checkRulesOfEntity(db, world, tenantId, changed);
    expect((await read()).driftedAt).toEqual(driftedAt);
    await own.admin.unsafe(`ALTER TABLE ${table} RENAME full_name TO name`);
    await checkRulesOfEntity(db, world, tenantId, changed);
    expect(await read()).not.toHaveProperty("problems");
  });

  it("is marked by the periodic check too, without anybody asking for the schema", async () => {
    const { tenantId, table, world, read } = await withRule();
    await own.admin.unsafe(`ALTER TABLE ${table} DROP COLUMN name`);
    await checkTenant(db, world, tenantId);
    expect((await read()).problems).toEqual([expect.objectContaining(unknownField)]);
    await own.admin.unsafe(`ALTER TABLE ${table} ADD COLUMN name text`);
    await checkTenant(db, world, tenantId);
    expect(await read()).not.toHaveProperty("problems");
  });

  it("is marked where the entity or its data source is gone", async () => {
    const { authData, tenantId, table, world, read } = await withRule();
    await own.admin.unsafe(`DROP TABLE ${table}`);
    await checkTenant(db, world, tenantId);
    const gone = { path: "source.entity", code: "unknown_entity" };
    expect((await read()).problems).toEqual([expect.objectContaining(gone)]);
    await tenant_management.deleteDataSource({ tenantId, source: "crm" }, { authData });
    // A later check has a world of its own: within one step a data source is opened once.
    await checkTenant(db, ruleWorld({ tenantId, userID: "system" }, { fresh: true }), tenantId);
    expect((await read()).problems).toEqual([expect.objectContaining({ code: "unknown_data_source" })]);
  });

  it("fits again once it has a version that does", async () => {
    const { authData, tenantId, table, definition, rule, world, read } = await withRule();
    await own.admin.unsafe(`ALTER TABLE ${table} RENAME name TO full_name`);
    await checkTenant(db, world, tenantId);
    const mappings = [definition.mappings[0]!, { target: "name", column: "full_name" }];
    await data_processing.updateRule(
      { ruleId: rule.id, definition: { ...definition, mappings } },
      { authData },
    );
    expect(await read()).not.toHaveProperty("problems");
  });

  it("stays as it is where the source cannot be reached, or changes what the rule does not need", async () => {
    const { authData, tenantId, table, world, read } = await withRule();
    await own.admin.unsafe(`ALTER TABLE ${table} DROP COLUMN mail`);
    await checkTenant(db, world, tenantId);
    const unreachable = "postgres://ada:secret@127.0.0.1:1/crm";
    await tenant_management.updateDataSource({ tenantId, source: "crm", url: unreachable }, { authData });
    await checkTenant(db, world, tenantId);
    expect(await read()).not.toHaveProperty("problems");
  });
});

describe("a draft whose entities have changed since it was saved", () => {
  it("is refused at its activation with every problem and its path, and taken once they fit again", async () => {
    const { authData, table, definition } = await withRule();
    const target = `people_${randomUUID().slice(0, 8)}`;
    await own.admin.unsafe(`CREATE TABLE ${target} (id int PRIMARY KEY, name text, age int, mail text)`);
    await own.admin.unsafe(`ALTER TABLE ${table} ADD COLUMN age int`);
    const draft = {
      ...definition,
      target: { dataSource: "crm", entity: `public.${target}` },
      when: "record.age >= 18",
      mappings: [
        ...definition.mappings,
        { target: "age", column: "age" },
        { target: "mail", expression: "normalizeEmail(record.mail)" },
      ],
    };
    const { id: ruleId } = await data_processing.createRule(
      { definition: draft, state: "draft" },
      { authData },
    );
    // The schemas are in the cache as they were.
    await data_processing.analyzeEntity({ entityType: table, source: "crm" }, { authData });
    await own.admin.unsafe(
      `ALTER TABLE ${table} RENAME name TO full_name; ALTER TABLE ${table} ALTER age TYPE text`,
    );
    await own.admin.unsafe(`ALTER TABLE ${target} DROP COLUMN mail, DROP CONSTRAINT ${target}_pkey`);
    const activate = () => data_processing.activateRule({ ruleId }, { authData });
    const refused = await activate().then(
      () => undefined,
      (error: { code: string; details: { problems: { path: string; code: string }[] } }) => error,
    );
    expect(refused?.code).toBe("invalid_argument");
    expect(refused?.details.problems.map(({ path, code }) => [path, code])).toEqual([
      ["when", "expression_type"],
      ["mappings[1].expression", "unknown_field"],
      ["mappings[2].column", "type_mismatch"],
      ["mappings[3].target", "unknown_field"],
      ["naturalKey", "natural_key_not_unique"],
    ]);
    expect(await data_processing.getRule({ ruleId }, { authData })).toMatchObject({
      state: "draft",
      revision: 1,
    });
    await own.admin.unsafe(`DROP TABLE ${target}`);
    const gone = { path: "target.entity", code: "unknown_entity" };
    await expect(activate()).rejects.toMatchObject({
      details: { problems: expect.arrayContaining([expect.objectContaining(gone)]) },
    });
    await own.admin.unsafe(`ALTER TABLE ${table} RENAME full_name TO name`);
    await own.admin.unsafe(`ALTER TABLE ${table} ALTER age TYPE int USING age::int`);
    await own.admin.unsafe(`CREATE TABLE ${target} (id int PRIMARY KEY, name text, age int, mail text)`);
    expect(await activate()).toMatchObject({ state: "active", revision: 2 });
  });
});

it("marks no other tenant's rules", async () => {
  const mine = await withRule();
  const other = await withRule();
  await own.admin.unsafe(`ALTER TABLE ${mine.table} DROP COLUMN name`);
  await checkTenant(db, other.world, other.tenantId);
  expect(await mine.read()).not.toHaveProperty("problems");
});

it("takes each tenant's turn once until it is due again", async () => {
  const { table, tenantId, read } = await withRule();
  await own.admin.unsafe(`ALTER TABLE ${table} DROP COLUMN name`);
  const worldOf = (id: string) => ruleWorld({ tenantId: id, userID: "system" }, { fresh: true });
  await db.execute(sql`delete from drift_checks where tenant_id <> ${tenantId}`);
  expect(await checkDueTenants(db, worldOf, Date.now() + 30_000)).toBe(1);
  expect((await read()).problems).toHaveLength(1);
  expect(await checkDueTenants(db, worldOf, Date.now() + 30_000)).toBe(0);
});
