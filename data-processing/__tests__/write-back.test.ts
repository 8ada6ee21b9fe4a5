import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OwnPostgres, startOwnPostgres } from "../../tenant-management/__tests__/own-postgres.js";
import { db } from "../db.js";
import { applyWriteBacks } from "../entity-conversion/domain/apply-write-backs.js";
import { convertBatch, openConversion } from "../entity-conversion/domain/convert-batch.js";
import { compileRecordEvaluator } from "../entity-conversion/domain/evaluate-records.js";
import { finishWriteBacks } from "../entity-conversion/domain/finish-write-backs.js";
import { loadRecords } from "../entity-conversion/domain/load-records.js";
import { completeDefinition, prepareRule, type RuleWorld } from "../entity-conversion/domain/prepare-rule.js";
import { readRecords } from "../entity-conversion/domain/read-records.js";
import { createRule } from "../entity-conversion/domain/save-rule.js";
import { openUndo } from "../entity-conversion/domain/undo/open-undo.js";
import { undoConversion } from "../entity-conversion/domain/undo/undo-conversion.js";
import { undoRecords } from "../entity-conversion/domain/undo/undo-records.js";
import { writeBackJournal as writeBackJournalOf } from "../entity-conversion/domain/write-back-journal.js";
import type { RuleDefinitionInput } from "../entity-conversion/types.js";
import { writeBackJournal } from "../schema.js";
import { readEntity } from "../schema-discovery/domain/read-entity.js";
import { openPool, sourceOn } from "../sources/pool.js";
import { newWorkspace } from "./workspace-world.js";

let own: OwnPostgres;
beforeAll(async () => {
  own = await startOwnPostgres();
}, 60_000);
afterAll(() => own?.stop());

const definition: RuleDefinitionInput = {
  name: "Orders of the shop",
  source: { dataSource: "shop", entity: "orders" },
  target: { entity: "sales" },
  naturalKey: ["id"],
  mappings: [{ target: "id", expression: 'concat("S", record.id)' }],
  writeBack: [
    { field: "state", constant: "sold" },
    { field: "sale", reference: "main" },
    { field: "amount", expression: "record.amount * 2.0" },
  ],
};

async function shop() {
  const made = newWorkspace();
  const { workspace } = made;
  const database = `shop_${randomUUID().replaceAll("-", "")}`;
  await own.admin.unsafe(`CREATE DATABASE ${database}`);
  const url = new URL(own.url);
  url.pathname = `/${database}`;
  const source = sourceOn(openPool(url.href, { maxConnections: 2, prepare: false }), {
    tenantId: workspace.tenantId,
    name: "shop",
    kind: "postgres",
    database,
    defaultSchema: "public",
    readOnly: false,
  });
  await source.begin((tx) =>
    tx.unsafe(`CREATE TYPE state AS ENUM ('new', 'sold');
      CREATE TABLE orders (id integer PRIMARY KEY, state state DEFAULT 'new', sale varchar(3), amount numeric(8, 2));
      INSERT INTO orders (id, amount) VALUES (1, 1.25), (2, 2.5), (1234, 3)`),
  );
  await made.define({ name: "sales", fields: [{ name: "id", type: "text" }], primaryKey: ["id"] });
  const world: RuleWorld = {
    open: async (name) => (name === "shop" ? source : workspace),
    discover: (ref) => readEntity(ref.dataSource === "shop" ? source : workspace, ref.entity),
  };
  const rule = { ruleId: randomUUID(), ruleVersion: 1, definition: completeDefinition(definition) };
  const { plan, problems } = await prepareRule(world, rule);
  if (!plan) throw new Error(JSON.stringify(problems));
  const orders = () => source.begin((tx) => tx`SELECT id, state, sale, amount FROM orders ORDER BY id`);
  return { ...made, world, source, plan, orders, tenantId: workspace.tenantId };
}

const all = { after: undefined, limit: 10 };

describe("write-back to another database", () => {
  it("sets the fields of converted records, and tells of those that the source refuses", async () => {
    const { world, plan, orders, tenantId } = await shop();
    const conversion = await openConversion(plan, world.open);
    expect(conversion).toMatchObject({ executor: "streaming", writeBack: "queue" });
    const results = await convertBatch(conversion, all, { tenantId });
    expect(results.map(({ outcome, reason }) => reason?.code ?? outcome)).toEqual([
      "converted",
      "converted",
      "write_back_failed",
    ]);
    expect([...(await orders())]).toEqual([
      { id: 1, state: "sold", sale: "S1", amount: "2.50" },
      { id: 2, state: "sold", sale: "S2", amount: "5.00" },
      { id: 1234, state: "new", sale: null, amount: "3.00" },
    ]);
  });

  it("is caught up with after a crash between the two databases", async () => {
    const { world, plan, orders, source, workspace, tenantId } = await shop();
    await openConversion(plan, world.open);
    const records = await readRecords(source, plan, { keys: [["1"], ["2"]] });
    const evaluated = await compileRecordEvaluator(plan).evaluate(records, world.open);
    await workspace.begin((tx) => loadRecords(tx, plan, evaluated, { tenantId, writeBack: "queue" }));
    expect((await orders())[0]).toMatchObject({ state: "new" });
    await applyWriteBacks({ plan, source, target: workspace }, tenantId);
    expect((await orders())[0]).toMatchObject({ state: "sold", sale: "S1" });
  });

  it("happens once, also where the queue is not told that it happened", async () => {
    const { world, plan, orders, source, workspace, tenantId } = await shop();
    await convertBatch(await openConversion(plan, world.open), all, { tenantId });
    await source.begin((tx) => tx`UPDATE orders SET state = 'new' WHERE id = 1`);
    const [applied] = await source.begin(
      (tx) => tx<{ id: string }[]>`SELECT id::text FROM axion.applied_write_backs WHERE source_key = '1'`,
    );
    await workspace.begin(
      (tx) => tx`
      INSERT INTO axion.write_backs (tenant_id, rule_id, source_entity, source_key, id, fields)
      VALUES (${tenantId}, ${plan.ruleId}, 'shop/orders', '1', ${applied!.id}, '{"v1": "sold"}')`,
    );
    await applyWriteBacks({ plan, source, target: workspace }, tenantId);
    expect((await orders())[0]).toMatchObject({ state: "new", sale: "S1" });
    const [left] = await workspace.begin(
      (tx) =>
        tx`SELECT count(*)::int AS rows FROM axion.write_backs WHERE rule_id = ${plan.ruleId} AND error IS NULL`,
    );
    expect(left).toEqual({ rows: 0 });
  });

  it("is tried again when a refused record is converted again", async () => {
    const { world, plan, orders, source, tenantId } = await shop();
    const conversion = await openConversion(plan, world.open);
    await convertBatch(conversion, all, { tenantId });
    await source.begin((tx) => tx`ALTER TABLE orders ALTER COLUMN sale TYPE varchar(10)`);
    const [again] = await convertBatch(conversion, { keys: [["1234"]] }, { tenantId });
    expect(again).toMatchObject({ outcome: "unchanged" });
    expect((await orders())[2]).toMatchObject({ state: "sold", sale: "S1234" });
  });
});

describe("the journal of write-backs", () => {
  it("has interrupted batches finished, each once it is certain that nothing is added for it", async () => {
    const { world, orders, source, workspace, tenantId } = await shop();
    const actor = { tenantId, userID: "user" };
    const rule = await createRule(db, world, actor, { definition });
    const { plan } = await prepareRule(world, {
      ruleId: rule.id,
      ruleVersion: 1,
      definition: rule.definition,
    });
    await openConversion(plan!, world.open);
    const records = await readRecords(source, plan!, { keys: [["1"]] });
    const evaluated = await compileRecordEvaluator(plan!).evaluate(records, world.open);
    await workspace.begin((tx) => loadRecords(tx, plan!, evaluated, { tenantId, writeBack: "queue" }));
    const entry = { tenantId, ruleId: rule.id, ruleVersion: 1 };
    const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000);
    await db.insert(writeBackJournal).values([
      { ...entry, begunAt: ago(0) },
      { ...entry, begunAt: ago(5) },
      { ...entry, begunAt: ago(90) },
    ]);
    await finishWriteBacks(db, () => world);
    expect((await orders())[0]).toMatchObject({ state: "sold", sale: "S1" });
    const left = await db.select().from(writeBackJournal).where(eq(writeBackJournal.ruleId, rule.id));
    expect(left).toHaveLength(2);
  });
});

describe("undoing what was written back to another database", () => {
  const idle = { undoId: randomUUID(), force: false };

  async function converted() {
    const made = await shop();
    const actor = { tenantId: made.tenantId, userID: "user" };
    const rule = await createRule(db, made.world, actor, { definition });
    await made.source.begin((tx) => tx`ALTER TABLE orders ALTER COLUMN sale TYPE varchar(10)`);
    const { plan } = await prepareRule(made.world, {
      ruleId: rule.id,
      ruleVersion: 1,
      definition: rule.definition,
    });
    const conversion = await openConversion(plan!, made.world.open);
    await convertBatch(conversion, all, { tenantId: made.tenantId });
    const undo = (sourceRecordId: string, options: { force?: boolean; dryRun?: boolean } = {}) =>
      undoConversion(db, made.world, actor, { ruleId: rule.id, sourceRecordId, ...options });
    return { ...made, rule, plan: plan!, conversion, actor, undo };
  }

  it("gives the source record back what it was, and says which fields", async () => {
    const { orders, undo } = await converted();
    const dry = await undo("1", { dryRun: true });
    expect(dry.sourceFields?.sort()).toEqual(["amount", "sale", "state"]);
    expect((await orders())[0]).toMatchObject({ state: "sold" });
    await undo("1");
    expect([...(await orders())].slice(0, 2)).toEqual([
      { id: 1, state: "new", sale: null, amount: "1.25" },
      { id: 2, state: "sold", sale: "S2", amount: "5.00" },
    ]);
    await expect(undo("1")).rejects.toMatchObject({ details: { reason: "not_converted" } });
  });

  it("refuses where a field was changed since, unless forced, and leaves target and source as they are", async () => {
    const { orders, source, workspace, undo } = await converted();
    await source.begin((tx) => tx`UPDATE orders SET sale = 'other' WHERE id = 1`);
    await expect(undo("1")).rejects.toMatchObject({ details: { reason: "source_field_changed" } });
    const sales = () =>
      workspace.begin((tx) => tx.unsafe(`SELECT id FROM ${workspace.defaultSchema}.sales ORDER BY id`));
    expect(await sales()).toHaveLength(3);
    expect((await orders())[0]).toMatchObject({ state: "sold", sale: "other" });
    await undo("1", { force: true });
    expect(await sales()).toHaveLength(2);
    expect((await orders())[0]).toEqual({ id: 1, state: "new", sale: null, amount: "1.25" });
  });

  it("undoes the target alone where the source record is gone", async () => {
    const { source, undo } = await converted();
    await source.begin((tx) => tx`DELETE FROM orders WHERE id = 1`);
    expect(await undo("1")).toMatchObject({ targets: [{ effect: "deleted" }] });
  });

  it("is caught up with after a crash between the two databases, once", async () => {
    const { world, orders, source, workspace, rule, tenantId } = await converted();
    const { definition } = rule;
    const known = { tenantId, ruleId: rule.id, ruleVersion: 1, definition, writesBack: true };
    const open = await openUndo(world, { ...known, journal: writeBackJournalOf(db, tenantId) }, idle);
    await workspace.begin((tx) => undoRecords(tx, open.work, ["1", "2"]));
    expect((await orders())[0]).toMatchObject({ state: "sold" });
    await db
      .insert(writeBackJournal)
      .values({ tenantId, ruleId: rule.id, ruleVersion: 1, begunAt: new Date(Date.now() - 5 * 60_000) });
    await finishWriteBacks(db, () => world);
    expect((await orders())[1]).toEqual({ id: 2, state: "new", sale: null, amount: "2.50" });
    await source.begin((tx) => tx`UPDATE orders SET state = 'sold' WHERE id = 1`);
    await finishWriteBacks(db, () => world);
    expect((await orders())[0]).toMatchObject({ state: "sold", sale: null });
  });

  it("goes back conversion by conversion", async () => {
    const { orders, source, conversion, tenantId, undo } = await converted();
    await source.begin((tx) => tx`UPDATE orders SET amount = 7, state = 'new' WHERE id = 1`);
    await conversion.target.begin((tx) => tx`UPDATE axion.links SET source_hash = gen_random_uuid()`);
    await convertBatch(conversion, { keys: [["1"]] }, { tenantId });
    expect((await orders())[0]).toMatchObject({ state: "sold", amount: "14.00" });
    await undo("1");
    expect((await orders())[0]).toMatchObject({ state: "new", amount: "7.00", sale: "S1" });
  });
});
