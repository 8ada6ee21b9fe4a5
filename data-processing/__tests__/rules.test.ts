import { describe, expect, it } from "vitest";
import { data_processing } from "~encore/clients";
import { allPages } from "../../shared/__tests__/all-pages.js";
import { newCaller } from "../../shared/__tests__/callers.js";
import type { CallerIdentity } from "../../shared/tenancy/identity.js";
import type { RuleDefinitionInput, RuleProblem } from "../entity-conversion/types.js";

const definition: RuleDefinitionInput = {
  name: "leads to customers",
  source: { entity: "leads" },
  target: { entity: "customers" },
  naturalKey: ["email"],
  mappings: [
    { target: "email", expression: "normalizeEmail(record.email)" },
    { target: "name", column: "name" },
    { target: "age", expression: "toInt(record.age)" },
  ],
};

async function newTenant(): Promise<CallerIdentity> {
  const authData = newCaller();
  const text = (name: string) => ({ name, type: "text" as const });
  await data_processing.createWorkspaceEntity(
    { name: "leads", fields: [text("id"), text("email"), text("name"), text("age")], primaryKey: ["id"] },
    { authData },
  );
  const fields = [
    { name: "id", type: "uuid" as const },
    { name: "email", type: "text" as const, unique: true, required: true },
    { name: "name", type: "text" as const },
    { name: "age", type: "integer" as const },
  ];
  await data_processing.createWorkspaceEntity(
    { name: "customers", fields: fields.slice(1), primaryKey: ["email"] },
    { authData },
  );
  return authData;
}

async function problemsOf(call: Promise<unknown>): Promise<RuleProblem[]> {
  const error = await call.then(
    () => undefined,
    (thrown: { code: string; details?: { problems?: RuleProblem[] } }) => thrown,
  );
  expect(error?.code).toBe("invalid_argument");
  return error?.details?.problems ?? [];
}

describe("saving a rule", () => {
  it("reports every problem at once, each with its path and expressions with their position", async () => {
    const authData = await newTenant();
    const bad: RuleDefinitionInput = {
      ...definition,
      naturalKey: ["name"],
      when: "record.age >\n  record.nme",
      mappings: [
        { target: "nothing", column: "name" },
        { target: "name", column: "missing" },
        { target: "age", column: "age" },
        { target: "age", expression: "upper(record.name" },
        {
          target: "name",
          lookup: { entity: "nowhere", matchColumn: "a", equals: "record.id", valueColumn: "b" },
        },
        { target: "email", column: "email", constant: "x" },
      ],
    };
    const problems = await problemsOf(data_processing.createRule({ definition: bad }, { authData }));
    const told = problems.map(({ path, code, position }) => [
      path,
      code,
      position && [position.line, position.column],
    ]);
    expect(told).toEqual([
      ["mappings[4].lookup.entity", "unknown_entity", undefined],
      ["when", "unknown_field", [2, 3]],
      ["mappings[0].target", "unknown_field", undefined],
      ["mappings[1].column", "unknown_field", undefined],
      ["mappings[2].column", "type_mismatch", undefined],
      ["mappings[3].expression", "expression_syntax", [1, 18]],
      ["mappings[5]", "bad_mapping", undefined],
      ["mappings[3].target", "mapped_twice", undefined],
      ["mappings[4].target", "mapped_twice", undefined],
      ["naturalKey", "natural_key_not_unique", undefined],
    ]);
  });

  it("refuses unknown entities and data sources", async () => {
    const authData = await newTenant();
    const problems = await problemsOf(
      data_processing.createRule(
        {
          definition: {
            ...definition,
            source: { entity: "nope" },
            target: { dataSource: "elsewhere", entity: "x" },
          },
        },
        { authData },
      ),
    );
    expect(problems.map(({ path, code }) => [path, code])).toEqual([
      ["source.entity", "unknown_entity"],
      ["target.entity", "unknown_data_source"],
    ]);
  });

  it("refuses a constant that the target's type cannot take", async () => {
    const authData = await newTenant();
    const mappings = [...definition.mappings.slice(0, 2), { target: "age", constant: "99999999999999999" }];
    const problems = await problemsOf(
      data_processing.createRule({ definition: { ...definition, mappings } }, { authData }),
    );
    expect(problems).toEqual([
      expect.objectContaining({ path: "mappings[2].constant", code: "type_mismatch" }),
    ]);
  });
});

describe("a rule", () => {
  it("keeps its versions as they were", async () => {
    const authData = await newTenant();
    const created = await data_processing.createRule({ definition }, { authData });
    expect(created).toMatchObject({ version: 1, latestVersion: 1, state: "active" });
    const changed = { ...definition, name: "renamed" };
    const updated = await data_processing.updateRule(
      { ruleId: created.id, definition: changed, expectedVersion: 1 },
      { authData },
    );
    expect(updated).toMatchObject({ version: 2, latestVersion: 2 });
    const first = await data_processing.getRule({ ruleId: created.id, version: 1 }, { authData });
    expect(first.definition.name).toBe("leads to customers");
    const { versions } = await data_processing.listRuleVersions({ ruleId: created.id }, { authData });
    expect(versions.map((rule) => [rule.version, rule.definition.name])).toEqual([
      [2, "renamed"],
      [1, "leads to customers"],
    ]);
    const third = { ...definition, name: "renamed again" };
    await data_processing.updateRule({ ruleId: created.id, definition: third }, { authData });
    const sorted = (sort: string) =>
      allPages(async (page) => {
        const request = { ruleId: created.id, sort, ...page };
        const { versions, nextCursor } = await data_processing.listRuleVersions(request, { authData });
        return { items: versions.map(({ version }) => version), nextCursor };
      });
    expect([await sorted("version"), await sorted("-version")]).toEqual([
      [1, 2, 3],
      [3, 2, 1],
    ]);
    await expect(sorted("name")).rejects.toMatchObject({
      code: "invalid_argument",
      message: "sort: expected one of version, -version.",
    });
    await expect(
      data_processing.getRule({ ruleId: created.id, version: 4 }, { authData }),
    ).rejects.toMatchObject({ code: "not_found" });
  });

  it("is not updated over a version that the caller has not seen", async () => {
    const authData = await newTenant();
    const { id: ruleId } = await data_processing.createRule({ definition }, { authData });
    const updates = [1, 2, 3].map(() =>
      data_processing.updateRule({ ruleId, definition, expectedVersion: 1 }, { authData }),
    );
    const ends = await Promise.allSettled(updates);
    expect(ends.filter((end) => end.status === "fulfilled")).toHaveLength(1);
    const codes = ends.flatMap((end) =>
      end.status === "rejected" ? [(end.reason as { code: string }).code] : [],
    );
    expect(codes).toEqual(["aborted", "aborted"]);
  });

  it("is created once for an idempotency key", async () => {
    const authData = await newTenant();
    const created = await Promise.all(
      [1, 2, 3].map(() => data_processing.createRule({ definition, idempotencyKey: "k" }, { authData })),
    );
    expect(new Set(created.map((rule) => rule.id)).size).toBe(1);
  });

  it("converts nothing more once it is retired", async () => {
    const authData = await newTenant();
    const { id: ruleId } = await data_processing.createRule({ definition }, { authData });
    expect(await data_processing.retireRule({ ruleId }, { authData })).toMatchObject({ state: "retired" });
    expect(await data_processing.retireRule({ ruleId }, { authData })).toMatchObject({ state: "retired" });
    const retired = { code: "failed_precondition", details: { reason: "rule_retired" } };
    await expect(
      data_processing.executeConversion({ ruleId, sourceRecordId: "1" }, { authData }),
    ).rejects.toMatchObject(retired);
    await expect(data_processing.startJob({ ruleId }, { authData })).rejects.toMatchObject(retired);
    await expect(data_processing.updateRule({ ruleId, definition }, { authData })).rejects.toMatchObject(
      retired,
    );
  });

  it("is listed by pages and filters, newest first", async () => {
    const authData = await newTenant();
    for (let at = 1; at <= 5; at++) {
      await data_processing.createRule({ definition: { ...definition, name: `rule ${at}` } }, { authData });
    }
    const names: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await data_processing.listRules({ limit: 2, cursor }, { authData });
      names.push(...page.rules.map((rule) => rule.definition.name));
      cursor = page.nextCursor;
    } while (cursor);
    expect(names).toEqual(["rule 5", "rule 4", "rule 3", "rule 2", "rule 1"]);
    const found = await data_processing.listRules(
      { search: "LE 3", state: "active", sourceEntity: "leads" },
      { authData },
    );
    expect(found.rules.map((rule) => rule.definition.name)).toEqual(["rule 3"]);
    await expect(data_processing.listRules({ cursor: "?" }, { authData })).rejects.toMatchObject({
      code: "invalid_argument",
    });
  });

  it("is not there for another tenant", async () => {
    const authData = await newTenant();
    const { id: ruleId } = await data_processing.createRule({ definition }, { authData });
    const stranger = { authData: await newTenant() };
    const missing = { code: "not_found" };
    await expect(data_processing.getRule({ ruleId }, stranger)).rejects.toMatchObject(missing);
    await expect(data_processing.updateRule({ ruleId, definition }, stranger)).rejects.toMatchObject(missing);
    await expect(data_processing.retireRule({ ruleId }, stranger)).rejects.toMatchObject(missing);
    await expect(data_processing.listRuleVersions({ ruleId }, stranger)).rejects.toMatchObject(missing);
    await expect(
      data_processing.executeConversion({ ruleId, sourceRecordId: "1" }, stranger),
    ).rejects.toMatchObject(missing);
    await expect(
      data_processing.previewConversion({ ruleId, sourceRecordId: "1" }, stranger),
    ).rejects.toMatchObject(missing);
    expect((await data_processing.listRules({}, stranger)).rules).toEqual([]);
  });
});

describe("the states of a rule", () => {
  it("lead from a draft, which converts nothing, to active and retired, and back", async () => {
    const authData = await newTenant();
    const draft = await data_processing.createRule({ definition, state: "draft" }, { authData });
    expect(draft).toMatchObject({ state: "draft", revision: 1 });
    const execute = () =>
      data_processing.executeConversion({ ruleId: draft.id, sourceRecordId: "1" }, { authData });
    await expect(execute()).rejects.toMatchObject({ details: { reason: "rule_is_draft" } });
    await expect(data_processing.startJob({ ruleId: draft.id }, { authData })).rejects.toMatchObject({
      details: { reason: "rule_is_draft" },
    });
    const preview = { ruleId: draft.id, record: { id: "1", email: "a@b.c", name: "A", age: "7" } };
    expect(await data_processing.previewConversion(preview, { authData })).toMatchObject({
      action: "create",
    });
    const ruleId = draft.id;
    expect(await data_processing.activateRule({ ruleId }, { authData })).toMatchObject({ revision: 2 });
    expect(await data_processing.activateRule({ ruleId }, { authData })).toMatchObject({ revision: 2 });
    await expect(execute()).rejects.toMatchObject({ details: { reason: "source_record_not_found" } });
    expect(await data_processing.retireRule({ ruleId }, { authData })).toMatchObject({ state: "retired" });
    const again = await data_processing.activateRule({ ruleId }, { authData });
    expect(again).toMatchObject({ state: "active", revision: 4, latestVersion: 1 });
  });

  it("have no version that no number of a version can be", async () => {
    const authData = await newTenant();
    const { id: ruleId } = await data_processing.createRule({ definition, state: "draft" }, { authData });
    for (const version of [0, -1, 1.5, 2 ** 31, 1e12]) {
      await expect(data_processing.getRule({ ruleId, version }, { authData })).rejects.toMatchObject({
        code: "not_found",
        details: { reason: "unknown_rule" },
      });
    }
  });

  it("are not changed over a revision that the caller has not seen", async () => {
    const authData = await newTenant();
    const { id: ruleId } = await data_processing.createRule({ definition, state: "draft" }, { authData });
    await data_processing.updateRule({ ruleId, definition }, { authData });
    const stale = { details: { reason: "revision_changed" } };
    const expectedRevision = 1;
    for (const change of [
      () => data_processing.updateRule({ ruleId, definition, expectedRevision }, { authData }),
      () => data_processing.activateRule({ ruleId, expectedRevision }, { authData }),
      () => data_processing.retireRule({ ruleId, expectedRevision }, { authData }),
    ])
      await expect(change()).rejects.toMatchObject(stale);
    expect(await data_processing.getRule({ ruleId }, { authData })).toMatchObject({
      state: "draft",
      revision: 2,
    });
  });

  it("are not there for another tenant", async () => {
    const authData = await newTenant();
    const { id: ruleId } = await data_processing.createRule({ definition, state: "draft" }, { authData });
    const stranger = newCaller();
    await expect(data_processing.activateRule({ ruleId }, { authData: stranger })).rejects.toMatchObject({
      details: { reason: "unknown_rule" },
    });
  });
});
