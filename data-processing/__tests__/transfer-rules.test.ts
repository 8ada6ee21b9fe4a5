import { describe, expect, it } from "vitest";
import { data_processing } from "~encore/clients";
import { newCaller } from "../../shared/__tests__/callers.js";
import type { JsonValue } from "../../shared/json.js";
import type { CallerIdentity } from "../../shared/tenancy/identity.js";
import type { RuleDefinitionInput, RuleFile } from "../entity-conversion/types.js";
import type { WorkspaceField } from "../workspace/types.js";

const text = (name: string): WorkspaceField => ({ name, type: "text" });

async function newTenant(): Promise<CallerIdentity> {
  const authData = newCaller();
  await data_processing.createWorkspaceEntity(
    {
      name: "leads",
      fields: [
        ...["id", "first", "last", "mail", "age", "status"].map(text),
        { name: "score", type: "integer" },
      ],
      primaryKey: ["id"],
    },
    { authData },
  );
  await data_processing.createWorkspaceEntity(
    {
      name: "customers",
      fields: [...["code", "name", "email", "tier"].map(text), { name: "age", type: "integer" }],
      primaryKey: ["code"],
    },
    { authData },
  );
  return authData;
}

const definition: RuleDefinitionInput = {
  name: "leads to customers",
  source: { entity: "leads" },
  target: { entity: "customers" },
  naturalKey: ["code"],
  mappings: [
    { target: "code", column: "id" },
    { target: "email", expression: "lower(record.mail)", onError: "null" },
  ],
};

const fileOf = (...rules: RuleFile["rules"]): RuleFile => ({
  format: "axion-rules",
  formatVersion: 1,
  rules,
});

describe("a file of rules", () => {
  it("carries rules to another tenant, and changes nothing the second time", async () => {
    const [from, to] = [await newTenant(), await newTenant()];
    await data_processing.createRule({ definition }, { authData: from });
    await data_processing.createRule(
      { definition: { ...definition, name: "draft" }, state: "draft" },
      { authData: from },
    );
    const { rules } = await data_processing.exportRules({}, { authData: from });
    const file = fileOf(...rules);
    const import_ = (dryRun: boolean) => data_processing.importRules({ file, dryRun }, { authData: to });
    expect((await import_(true)).counts).toMatchObject({ created: 2, refused: 0 });
    expect((await data_processing.listRules({}, { authData: to })).rules).toEqual([]);
    expect((await import_(false)).counts).toMatchObject({ created: 2, refused: 0 });
    expect((await import_(false)).counts).toMatchObject({ created: 0, unchanged: 2 });
    const arrived = (await data_processing.listRules({}, { authData: to })).rules;
    expect(arrived.map((rule) => [rule.definition.name, rule.state]).sort()).toEqual([
      ["draft", "draft"],
      ["leads to customers", "active"],
    ]);
  });

  it("gives a rule that is there a new version, or leaves it, and reports each refusal with its problems", async () => {
    const authData = await newTenant();
    const known = await data_processing.createRule({ definition }, { authData });
    const changed = { ...definition, description: "changed" };
    const broken = { ...definition, name: "broken", mappings: [{ target: "code", column: "nothing" }] };
    const file = fileOf(
      { id: known.id, definition: changed },
      { definition: broken },
      { definition, state: "retired" },
    );
    const skipped = await data_processing.importRules({ file, existing: "skip" }, { authData });
    expect(skipped.rules.map(({ action }) => action)).toEqual(["skipped", "refused", "skipped"]);
    const { rules } = await data_processing.importRules({ file }, { authData });
    expect(rules[0]).toMatchObject({ action: "updated", ruleId: known.id, version: 2 });
    expect(rules[1]).toMatchObject({ action: "refused", problems: [{ path: "mappings[0].column" }] });
  });

  it("is bounded", async () => {
    const authData = await newTenant();
    for (const rules of [[], Array(201).fill({ definition })])
      await expect(
        data_processing.importRules({ file: fileOf(...rules) }, { authData }),
      ).rejects.toMatchObject({ code: "invalid_argument", details: { path: "file.rules" } });
  });
});

const legacyRow = {
  id: 1,
  name: "old",
  source_entity: "leads",
  target_entity: "customers",
  field_mappings: {
    code: "id",
    name: { fields: ["first", "last"], transform: "concat" },
    email: { source: "mail", transform: "lowercase" },
    age: "age",
    tier: { source: "status", default: "none" },
  },
  conditions: [
    { field: "score", operator: ">=", value: 10 },
    { field: "status", operator: "in", value: ["won", "open"] },
  ],
  is_active: true,
};

describe("a legacy table of rules", () => {
  it("becomes rules that mean the same, once for each row", async () => {
    const authData = await newTenant();
    const request = { rows: [legacyRow], state: "active" as const };
    const { rules } = await data_processing.importLegacyRules(request, { authData });
    expect(rules[0]).toMatchObject({ action: "created", problems: [] });
    const rule = await data_processing.getRule({ ruleId: rules[0]!.ruleId! }, { authData });
    expect(rule).toMatchObject({
      state: "active",
      definition: {
        naturalKey: ["code"],
        when: '(record.score >= 10) && (record.status in ["won", "open"])',
        mappings: [
          { target: "code", column: "id" },
          { target: "name", expression: 'joinText(" ", record.first, record.last)' },
          { target: "email", expression: "lower(record.mail)" },
          { target: "age", expression: "toInt(record.age)" },
          { target: "tier", expression: 'coalesce(record.status, "none")' },
        ],
      },
    });
    const again = await data_processing.importLegacyRules(request, { authData });
    expect(again.rules[0]).toMatchObject({ action: "unchanged", ruleId: rule.id });
  });

  it("tells what was changed and refused, and why, and saves nothing in a dry run", async () => {
    const authData = await newTenant();
    const rows: JsonValue[] = [
      {
        ...legacyRow,
        id: 2,
        field_mappings: JSON.stringify({ id: "code", mail: "email" }),
        conditions: null,
      },
      { ...legacyRow, id: 3, field_mappings: { code: "id", name: { source: "first", transform: "rot13" } } },
      { ...legacyRow, id: 4, conditions: { nothing: "x" } },
      { ...legacyRow, id: 5, source_entity: 'leads"; DROP TABLE leads; --' },
      { ...legacyRow, id: 6, field_mappings: { name: "first" } },
      "no row",
    ];
    const { rules, counts } = await data_processing.importLegacyRules({ rows, dryRun: true }, { authData });
    expect(rules.map(({ action }) => action)).toEqual([
      "created",
      "created",
      "refused",
      "refused",
      "refused",
      "refused",
    ]);
    expect(counts).toMatchObject({ created: 2, refused: 4 });
    expect(rules[0]!.notes[0]).toMatchObject({ path: "field_mappings", outcome: "changed" });
    expect(rules[0]!.definition!.mappings).toEqual([
      { target: "code", column: "id" },
      { target: "email", column: "mail" },
    ]);
    expect(rules[1]!.notes).toContainEqual(
      expect.objectContaining({ path: "field_mappings.name", outcome: "refused" }),
    );
    expect(rules[2]!.problems[0]).toMatchObject({ code: "condition_not_understood" });
    expect(rules[3]!.problems[0]).toMatchObject({ path: "source_entity", code: "bad_entity_name" });
    expect(rules[4]!.problems[0]).toMatchObject({ code: "natural_key_missing" });
    expect((await data_processing.listRules({}, { authData })).rules).toEqual([]);
  });

  it("keeps what its conditions mean", async () => {
    const authData = await newTenant();
    const conditions = [
      [{ status: "won", score: [1, 2] }, '(record.status == "won") && (record.score in [1, 2])'],
      [[{ field: "mail", operator: "ILIKE", value: "%@X.y" }], 'endsWith(lower(record.mail), lower("@X.y"))'],
      [
        {
          any: [
            { field: "age", op: "is not null" },
            { field: "score", op: "<", value: "3" },
          ],
        },
        "(record.age != null) || (record.score < 3)",
      ],
      [{ status: null }, "record.status == null"],
      ["record.score > 1", "record.score > 1"],
      [{ score: "many" }, undefined],
      [[{ field: "mail", operator: "regex", value: ".*" }], undefined],
      [["?"], undefined],
      [7, undefined],
    ] as [JsonValue, string | undefined][];
    const rows = conditions.map(([given], id) => ({ ...legacyRow, id, conditions: given }));
    const { rules } = await data_processing.importLegacyRules({ rows, dryRun: true }, { authData });
    expect(
      rules.map(({ action, definition: made }) => (action === "created" ? made?.when : undefined)),
    ).toEqual(conditions.map(([, expression]) => expression));
  });

  it("is read where it lies", async () => {
    const authData = await newTenant();
    await data_processing.createWorkspaceEntity(
      {
        name: "old_rules",
        fields: [
          { name: "id", type: "integer" },
          ...["sourceEntity", "targetEntity", "isActive"].map(text),
          { name: "fieldMappings", type: "jsonb" },
        ],
        primaryKey: ["id"],
      },
      { authData },
    );
    const row = { id: 1, sourceEntity: "leads", targetEntity: "customers", isActive: "no" };
    await data_processing.loadRecords(
      {
        entity: "old_rules",
        records: [{ ...row, fieldMappings: [{ sourceField: "id", targetField: "code" }] }],
      },
      { authData },
    );
    const table = { entity: "old_rules" };
    const { rules } = await data_processing.importLegacyRules({ table, state: "active" }, { authData });
    expect(rules[0]).toMatchObject({ action: "created", name: "leads → customers" });
    const rule = await data_processing.getRule({ ruleId: rules[0]!.ruleId! }, { authData });
    expect(rule.state).toBe("draft");
    await expect(
      data_processing.importLegacyRules({ table }, { authData: newCaller() }),
    ).rejects.toMatchObject({ code: "not_found" });
  });
});
