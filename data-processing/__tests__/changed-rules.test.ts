import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { data_processing } from "~encore/clients";
import { newCaller } from "../../shared/__tests__/callers.js";
import { db } from "../db.js";
import type { RuleDefinitionInput } from "../entity-conversion/types.js";
import { executionJournal } from "../schema.js";

const text = (name: string) => ({ name, type: "text" as const });

const definition: RuleDefinitionInput = {
  name: "leads to customers",
  source: { entity: "leads" },
  target: { entity: "customers" },
  naturalKey: ["id"],
  mappings: [
    { target: "id", column: "id" },
    { target: "name", column: "name" },
  ],
};
const shouting: RuleDefinitionInput = {
  ...definition,
  mappings: [
    { target: "id", column: "id" },
    { target: "name", expression: "upper(record.name)" },
  ],
};

/** A tenant with leads, of which the rule has converted the first one: it is known since. */
async function knownRule() {
  const authData = newCaller();
  for (const name of ["leads", "customers"])
    await data_processing.createWorkspaceEntity(
      { name, fields: [text("id"), text("name")], primaryKey: ["id"] },
      { authData },
    );
  const records = ["1", "2", "3"].map((id) => ({ id, name: `lead ${id}` }));
  await data_processing.loadRecords({ entity: "leads", records }, { authData });
  const { id: ruleId } = await data_processing.createRule({ definition }, { authData });
  const execute = (sourceRecordId: string) =>
    data_processing.executeConversion({ ruleId, sourceRecordId }, { authData });
  for (const time of ["first", "again"])
    expect(await execute("1"), time).toMatchObject({ ruleVersion: 1, values: { name: "lead 1" } });
  const journal = () =>
    db.select().from(executionJournal).where(eq(executionJournal.tenantId, authData.tenantId));
  return { authData, ruleId, execute, journal };
}

it("goes by a new version at once", async () => {
  const { authData, ruleId, execute, journal } = await knownRule();
  await data_processing.updateRule({ ruleId, definition: shouting }, { authData });
  expect(await execute("2")).toMatchObject({ ruleVersion: 2, values: { name: "LEAD 2" } });
  expect(await execute("3")).toMatchObject({ ruleVersion: 2, values: { name: "LEAD 3" } });
  await expect.poll(journal).toEqual([]);
});

it("converts nothing more once the rule is retired", async () => {
  const { authData, ruleId, execute, journal } = await knownRule();
  await data_processing.retireRule({ ruleId }, { authData });
  for (const time of ["first", "again"])
    await expect(execute("2"), time).rejects.toMatchObject({ details: { reason: "rule_retired" } });
  const { records } = await data_processing.listRecords({ entity: "customers" }, { authData });
  expect(records.map(({ fields }) => fields.id)).toEqual(["1"]);
  await expect.poll(journal).toEqual([]);
});

it("heeds a rollout as soon as it begins, and as soon as it ends", async () => {
  const { authData, ruleId, execute } = await knownRule();
  await data_processing.updateRule({ ruleId, definition: shouting }, { authData });
  for (const time of ["first", "again"]) expect(await execute("2"), time).toMatchObject({ ruleVersion: 2 });
  await data_processing.startRollout({ ruleId, percent: 0 }, { authData });
  expect(await execute("3")).toMatchObject({ ruleVersion: 1, values: { name: "lead 3" } });
  await data_processing.finishRollout({ ruleId }, { authData });
  for (const time of ["first", "again"]) expect(await execute("3"), time).toMatchObject({ ruleVersion: 2 });
});

it("finds the record gone, or as it is now", async () => {
  const { authData, execute } = await knownRule();
  await data_processing.loadRecords({ entity: "leads", records: [{ id: "1", name: "other" }] }, { authData });
  expect(await execute("1")).toMatchObject({ action: "update", values: { name: "other" } });
  await expect(execute("9")).rejects.toMatchObject({ details: { reason: "source_record_not_found" } });
});

it("is not there for another tenant", async () => {
  const { ruleId } = await knownRule();
  const stranger = data_processing.executeConversion(
    { ruleId, sourceRecordId: "2" },
    { authData: newCaller() },
  );
  await expect(stranger).rejects.toMatchObject({ code: "not_found", details: { reason: "unknown_rule" } });
});
