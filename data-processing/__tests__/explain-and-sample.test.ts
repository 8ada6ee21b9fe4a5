import { beforeAll, describe, expect, it } from "vitest";
import { data_processing } from "~encore/clients";
import { newCaller } from "../../shared/__tests__/callers.js";
import { jobWorker } from "../job-worker.js";
import { contacts, definition, expectedCounts, newTenant } from "./job-world.js";

beforeAll(async () => {
  await jobWorker.stop();
});

describe("explaining a rule", () => {
  it("shows the executor, its statement, each expression and the sizes", async () => {
    const { authData, ruleId } = await newTenant(50);
    const plan = await data_processing.explainConversion({ ruleId, filter: "record.id > 3" }, { authData });
    expect(plan).toMatchObject({ executor: "set-based", reasons: [], batchSize: expect.any(Number) });
    expect(plan.expressions.map(({ path, translatable }) => [path, translatable])).toEqual([
      ["filter", true],
      ["when", true],
      ["mappings[1].expression", true],
      ["mappings[2].expression", true],
      ["mappings[3].lookup.equals", true],
    ]);
    expect(plan.statements).toMatchObject([{ purpose: "convert", dataSource: "workspace" }]);
    expect(plan.statements[0]!.sql).toContain("axion.links");
    expect(plan.estimatedRecords).toBeGreaterThan(0);
  });

  it("takes a rule that is not saved, and refuses a filter that does not fit", async () => {
    const { authData } = await newTenant(1);
    const plan = await data_processing.explainConversion({ draft: definition }, { authData });
    expect(plan.executor).toBe("set-based");
    await expect(
      data_processing.explainConversion({ draft: definition, filter: "record.nope" }, { authData }),
    ).rejects.toMatchObject({ code: "invalid_argument", details: { reason: "invalid_filter" } });
    await expect(data_processing.explainConversion({}, { authData })).rejects.toMatchObject({
      code: "invalid_argument",
      details: { reason: "bad_rule_choice" },
    });
  });
});

describe("the preview of a sample", () => {
  it("tells the effects of a job before it runs, with reasons and examples, and writes nothing", async () => {
    const { authData, ruleId } = await newTenant(200);
    const preview = await data_processing.previewSample({ ruleId, limit: 1000 }, { authData });
    const expected = expectedCounts(200);
    expect(preview).toMatchObject({
      sampled: 200,
      effects: {
        create: expected.converted,
        update: 0,
        unchanged: 0,
        skip: expected.skipped,
        fail: expected.failed,
      },
    });
    expect(preview.failureReasons.map(({ code, path, count }) => [code, path, count])).toEqual([
      ["lookup_missed", "mappings[3].lookup", 26],
      ["target_constraint", "mappings[2].expression", 3],
    ]);
    const created = preview.examples.filter((example) => example.effect === "create");
    expect(created).toHaveLength(3);
    expect(created[0]!.changes).toContainEqual({
      field: "country",
      before: null,
      after: "France",
      changed: true,
    });
    expect(await contacts(authData)).toEqual([]);
  });

  it("knows that two records of the sample have one target, and what is there already", async () => {
    const { authData } = await newTenant(20);
    const same = {
      ...definition,
      when: undefined,
      naturalKey: ["id"],
      mappings: [
        { target: "id", constant: 7 },
        { target: "full_name", column: "first_name" },
        { target: "email", constant: "x@y.z" },
      ],
    };
    const preview = await data_processing.previewSample({ draft: same, limit: 5 }, { authData });
    expect(preview.effects).toMatchObject({ create: 1, update: 4 });
  });

  it("takes listed records, those of a filter, or random ones", async () => {
    const { authData, ruleId } = await newTenant(100);
    const listed = await data_processing.previewSample(
      { ruleId, recordIds: ["1", "7", "999"] },
      { authData },
    );
    expect(listed.effects).toMatchObject({ create: 1, fail: 2 });
    expect(listed.failureReasons.map((reason) => reason.code).sort()).toEqual([
      "lookup_missed",
      "source_record_not_found",
    ]);
    const filtered = await data_processing.previewSample({ ruleId, filter: "record.id > 90" }, { authData });
    expect(filtered).toMatchObject({ sampled: 10, filtered: 90 });
    const random = await data_processing.previewSample(
      { ruleId, sampling: "random", limit: 10 },
      { authData },
    );
    expect(random.sampled).toBe(10);
  });

  it("refuses what is out of bounds, and does not show another tenant's rule", async () => {
    const { authData, ruleId } = await newTenant(1);
    for (const bad of [{ limit: 0 }, { limit: 1001 }, { limit: 1.5 }, { examples: 21 }, { recordIds: [] }]) {
      await expect(data_processing.previewSample({ ruleId, ...bad }, { authData })).rejects.toMatchObject({
        code: "invalid_argument",
      });
    }
    const stranger = { authData: newCaller() };
    for (const call of [data_processing.previewSample, data_processing.explainConversion]) {
      await expect(call({ ruleId }, stranger)).rejects.toMatchObject({ code: "not_found" });
    }
  });
});
