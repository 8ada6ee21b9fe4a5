import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { db } from "../db.js";
import { convertBatch, openConversion } from "../entity-conversion/domain/convert-batch.js";
import { finishExecutions } from "../entity-conversion/domain/finish-executions.js";
import { prepareRule } from "../entity-conversion/domain/prepare-rule.js";
import { createRule } from "../entity-conversion/domain/save-rule.js";
import { executionJournal } from "../schema.js";
import { newWorkspace } from "./workspace-world.js";

const text = (name: string) => ({ name, type: "text" as const });

async function leads() {
  const made = newWorkspace();
  const { workspace, world, define, load } = made;
  const tenantId = workspace.tenantId;
  await define(
    { name: "leads", fields: [text("id"), text("name")], primaryKey: ["id"] },
    { name: "customers", fields: [text("id"), text("name")], primaryKey: ["id"] },
  );
  await load("leads", [
    { id: "1", name: "Ann" },
    { id: "2", name: "Bob" },
  ]);
  const { id: ruleId, definition } = await createRule(
    db,
    world,
    { tenantId, userID: "u" },
    {
      definition: {
        name: "leads to customers",
        source: { entity: "leads" },
        target: { entity: "customers" },
        naturalKey: ["id"],
        mappings: [
          { target: "id", column: "id" },
          { target: "name", column: "name" },
        ],
      },
    },
  );
  /** Begins an execution that ended before it was told of; with `written`, after its write. */
  const interrupted = async (sourceRecordId: string, written: boolean) => {
    const id = randomUUID();
    const rule = { ruleId, ruleVersion: 1, tenantId };
    await db.insert(executionJournal).values({
      ...rule,
      id,
      sourceRecordId,
      conversionType: "manual",
      performedBy: "u",
      begunAt: new Date(Date.now() - 120_000),
    });
    if (!written) return;
    const { plan } = await prepareRule(world, { ...rule, definition });
    const conversion = await openConversion(plan!, world.open, { executor: "streaming" });
    await convertBatch(conversion, { keys: [[sourceRecordId]] }, { tenantId, jobId: id });
  };
  const left = () => db.select().from(executionJournal).where(eq(executionJournal.tenantId, tenantId));
  return { ...made, interrupted, left };
}

it("tells of an execution whose process ended after its write, once, and forgets one that wrote nothing", async () => {
  const { world, interrupted, left, rows } = await leads();
  await interrupted("1", true);
  await interrupted("2", false);
  expect(await finishExecutions(db, () => world)).toEqual({ told: 1 });
  expect(await left()).toEqual([]);
  expect(await rows("customers", "id")).toEqual([{ id: "1", name: "Ann" }]);
  expect(await finishExecutions(db, () => world)).toEqual({ told: 0 });
});
