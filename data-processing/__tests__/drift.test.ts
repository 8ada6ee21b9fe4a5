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
