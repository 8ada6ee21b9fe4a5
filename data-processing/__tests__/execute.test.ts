import { describe, expect, it } from "vitest";
import { data_processing } from "~encore/clients";
import { newCaller } from "../../shared/__tests__/callers.js";
import type { CallerIdentity } from "../../shared/tenancy/identity.js";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import { db } from "../db.js";
import type { MergePolicy, RuleDefinitionInput } from "../entity-conversion/types.js";
import { executions } from "../schema.js";

const definition: RuleDefinitionInput = {
  name: "leads to customers",
  source: { entity: "leads" },
  target: { entity: "customers" },
  naturalKey: ["email"],
  when: 'record.stage == "won"',
  mappings: [
    { target: "email", expression: "normalizeEmail(record.email)" },
    { target: "name", column: "name" },
    { target: "age", expression: "toInt(record.age)" },
    { target: "code", column: "code" },
  ],
};

async function newTenant(
  mergePolicy: MergePolicy = "overwrite",
): Promise<{ authData: CallerIdentity; ruleId: string }> {
  const authData = newCaller();
  const text = (name: string) => ({ name, type: "text" as const });
  await data_processing.createWorkspaceEntity(
    {
      name: "leads",
      fields: [text("id"), text("email"), text("name"), text("age"), text("stage"), text("code")],
      primaryKey: ["id"],
    },
    { authData },
  );
  await data_processing.createWorkspaceEntity(
    {
      name: "customers",
      fields: [
        text("email"),
        text("name"),
        { name: "age", type: "integer" },
        { name: "code", type: "text", unique: true },
      ],
      primaryKey: ["email"],
    },
    { authData },
  );
  const lead = (id: string, fields: Record<string, string | null>) => ({ id, stage: "won", ...fields });
  await data_processing.loadRecords(
    {
      entity: "leads",
      records: [
        lead("1", { email: " Ann@X.org", name: "Ann", age: "30", code: "a" }),
        lead("2", { email: "bob@x.org", name: "Bob", age: "thirty", code: "b" }),
        lead("3", { email: "cid@x.org", name: "Cid", age: null, code: "a" }),
        lead("4", { email: "dan@x.org", name: "Dan", age: "1", stage: "new" }),
        lead("5", { email: "no address", name: "Eve", age: "1" }),
      ],
    },
    { authData },
  );
  const rule = await data_processing.createRule({ definition: { ...definition, mergePolicy } }, { authData });
  return { authData, ruleId: rule.id };
}

async function customers(authData: CallerIdentity) {
  const { records } = await data_processing.listRecords({ entity: "customers" }, { authData });
  return records.map((record) => record.fields);
}

describe("executing one record", () => {
  it("creates the target record, and changes nothing the second time", async () => {
    const { authData, ruleId } = await newTenant();
    const first = await data_processing.executeConversion({ ruleId, sourceRecordId: "1" }, { authData });
    const values = { email: "ann@x.org", name: "Ann", age: 30, code: "a" };
    expect(first).toMatchObject({
      outcome: "converted",
      action: "create",
      targetRecordId: "ann@x.org",
      values,
    });
    const second = await data_processing.executeConversion({ ruleId, sourceRecordId: "1" }, { authData });
    expect(second).toMatchObject({ outcome: "unchanged", action: "none", targetRecordId: "ann@x.org" });
    expect(await customers(authData)).toEqual([values]);
  });

  it("updates the linked record when the source has changed, also in its natural key", async () => {
    const { authData, ruleId } = await newTenant();
    await data_processing.executeConversion({ ruleId, sourceRecordId: "1" }, { authData });
    const changed = { id: "1", email: "anna@x.org", name: "Anna", age: "31", stage: "won", code: "a" };
    await data_processing.loadRecords({ entity: "leads", records: [changed] }, { authData });
    const result = await data_processing.executeConversion({ ruleId, sourceRecordId: "1" }, { authData });
    expect(result).toMatchObject({ outcome: "converted", action: "update", targetRecordId: "anna@x.org" });
    expect(await customers(authData)).toEqual([{ email: "anna@x.org", name: "Anna", age: 31, code: "a" }]);
  });

  it("keeps to the merge policy", async () => {
    const present = { email: "ann@x.org", name: "", age: 5, code: null };
    const ends: Record<MergePolicy, { action: string; record: object }> = {
      overwrite: { action: "update", record: { email: "ann@x.org", name: "Ann", age: 30, code: "a" } },
      "fill-empty": { action: "update", record: { email: "ann@x.org", name: "Ann", age: 5, code: "a" } },
      keep: { action: "none", record: present },
    };
    for (const policy of Object.keys(ends) as MergePolicy[]) {
      const { authData, ruleId } = await newTenant(policy);
      await data_processing.loadRecords({ entity: "customers", records: [present] }, { authData });
      const result = await data_processing.executeConversion({ ruleId, sourceRecordId: "1" }, { authData });
      expect(result.action).toBe(ends[policy].action);
      expect(await customers(authData)).toEqual([ends[policy].record]);
    }
  });

  it("says why a record fails: no such record, expression, constraint, empty key", async () => {
    const { authData, ruleId } = await newTenant();
    await data_processing.executeConversion({ ruleId, sourceRecordId: "1" }, { authData });
    const run = (sourceRecordId: string) =>
      data_processing.executeConversion({ ruleId, sourceRecordId }, { authData });
    await expect(run("99")).rejects.toMatchObject({
      code: "not_found",
      details: { reason: "source_record_not_found" },
    });
    await expect(run("2")).rejects.toMatchObject({
      code: "failed_precondition",
      message: expect.stringContaining('"thirty" is not an integer'),
      details: { reason: "expression_failed", path: "mappings[2].expression" },
    });
    await expect(run("3")).rejects.toMatchObject({
      message: expect.stringContaining('unique constraint "customers_code_key"'),
      details: { reason: "target_constraint" },
    });
    await expect(run("5")).rejects.toMatchObject({ details: { reason: "natural_key_empty" } });
    expect(await run("4")).toMatchObject({ outcome: "skipped", reason: { code: "condition_not_met" } });
    expect(await customers(authData)).toHaveLength(1);
  });
});

describe("a preview", () => {
  it("shows each field before and after, and writes nothing", async () => {
    const { authData, ruleId } = await newTenant();
    const created = await data_processing.previewConversion({ ruleId, sourceRecordId: "1" }, { authData });
    expect(created).toMatchObject({ outcome: "converted", action: "create" });
    expect(created.fields).toContainEqual({ field: "age", before: null, after: 30, changed: true });
    expect(await customers(authData)).toEqual([]);
    await data_processing.loadRecords(
      { entity: "customers", records: [{ email: "ann@x.org", name: "Ann", age: 1 }] },
      { authData },
    );
    const updated = await data_processing.previewConversion({ ruleId, sourceRecordId: "1" }, { authData });
    expect(updated).toMatchObject({ action: "update", targetRecordId: "ann@x.org" });
    expect(updated.fields.filter((field) => field.changed)).toEqual([
      { field: "age", before: 1, after: 30, changed: true },
      { field: "code", before: null, after: "a", changed: true },
    ]);
    expect(await customers(authData)).toEqual([{ email: "ann@x.org", name: "Ann", age: 1, code: null }]);
  });

  it("takes a rule that is not saved and a record that is made up", async () => {
    const { authData } = await newTenant();
    const record = { email: "new@x.org", age: "7", stage: "won" };
    const preview = await data_processing.previewConversion({ draft: definition, record }, { authData });
    expect(preview).toMatchObject({ outcome: "converted", action: "create" });
    const failing = await data_processing.previewConversion(
      { draft: definition, record: { ...record, age: "x" } },
      { authData },
    );
    expect(failing).toMatchObject({
      outcome: "failed",
      reason: { code: "expression_failed", path: "mappings[2].expression" },
    });
    const unknown = data_processing.previewConversion(
      { draft: definition, record: { nope: 1 } },
      { authData },
    );
    await expect(unknown).rejects.toMatchObject({
      code: "invalid_argument",
      details: { reason: "unknown_field" },
    });
  });
});

describe("evaluating an expression", () => {
  it("answers with value and type on an entity's record, and with the position of a problem", async () => {
    const { authData } = await newTenant();
    const entity = { entity: "leads" };
    const run = (expression: string) =>
      data_processing.evaluateExpression({ expression, entity, sourceRecordId: "1" }, { authData });
    expect(await run("toInt(record.age) + 1")).toEqual({
      valid: true,
      type: "int",
      value: 31,
      translatable: true,
    });
    expect(await run("record.nothing")).toMatchObject({
      valid: false,
      problem: { code: "unknown_field", position: { offset: 0, line: 1, column: 1 } },
    });
    expect(await run("toInt(record.name)")).toMatchObject({
      valid: true,
      problem: { code: "expression_failed" },
    });
    const loose = await data_processing.evaluateExpression(
      { expression: "record.a * 2", record: { a: 21 } },
      { authData },
    );
    expect(loose).toMatchObject({ type: "int", value: 42 });
  });
});

describe("an idempotency key", () => {
  it("is answered as the first time, whatever has happened since", async () => {
    const { authData, ruleId } = await newTenant();
    const request = { ruleId, sourceRecordId: "1", idempotencyKey: "order-1" };
    const first = await data_processing.executeConversion(request, { authData });
    expect(first).toMatchObject({ outcome: "converted", action: "create" });
    const changed = { id: "1", email: "other@x.org", name: "Other", age: "31", stage: "won", code: "z" };
    await data_processing.loadRecords({ entity: "leads", records: [changed] }, { authData });
    expect(await data_processing.executeConversion(request, { authData })).toEqual(first);
    expect(await customers(authData)).toMatchObject([{ email: "ann@x.org" }]);
    const other = data_processing.executeConversion({ ...request, sourceRecordId: "2" }, { authData });
    await expect(other).rejects.toMatchObject({
      code: "invalid_argument",
      details: { reason: "idempotency_key_reused" },
    });
  });

  it("is answered as converted also where the first answer was lost after the write", async () => {
    const { authData, ruleId } = await newTenant();
    const request = { ruleId, sourceRecordId: "1", idempotencyKey: "lost" };
    const first = await data_processing.executeConversion(request, { authData });
    await withTenant(db, authData.tenantId, (tx) => tx.delete(executions));
    expect(await data_processing.executeConversion(request, { authData })).toEqual(first);
  });

  it("is another one in another tenant, and none where a conversion failed", async () => {
    const one = await newTenant();
    const two = await newTenant();
    for (const { authData, ruleId } of [one, two]) {
      const run = (sourceRecordId: string) =>
        data_processing.executeConversion({ ruleId, sourceRecordId, idempotencyKey: "k" }, { authData });
      await expect(run("2")).rejects.toMatchObject({ details: { reason: "expression_failed" } });
      expect(await run("1")).toMatchObject({ outcome: "converted", action: "create" });
    }
  });
});
