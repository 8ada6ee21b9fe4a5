import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { data_processing } from "~encore/clients";
import { newCaller } from "../../shared/__tests__/callers.js";
import { type OwnPostgres, startOwnPostgres } from "../../tenant-management/__tests__/own-postgres.js";
import { jobWorker } from "../job-worker.js";
import { contacts, definition, expectedCounts, newTenant } from "./job-world.js";
import { newOwnDatabase, peopleTable, ruleIntoWorkspace } from "./own-database.js";

let server: OwnPostgres;

beforeAll(async () => {
  await jobWorker.stop();
  server = await startOwnPostgres();
}, 60_000);

afterAll(async () => {
  await server?.stop();
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

  it("says of a rule between two databases that it streams, why, and what is read and written where", async () => {
    const own = await newOwnDatabase(
      server,
      `${peopleTable(30)}; CREATE TABLE countries (code text PRIMARY KEY, name text)`,
    );
    const { authData } = own;
    const ruleId = await ruleIntoWorkspace(own);
    await own.owner.end();
    const saved = await data_processing.explainConversion({ ruleId }, { authData });
    expect(saved).toMatchObject({ executor: "streaming" });
    expect(saved.reasons).toEqual([
      {
        code: "two_databases",
        path: "source.dataSource",
        message: '"own" and the target\'s "workspace" are not one database.',
      },
    ]);
    const { definition } = await data_processing.getRule({ ruleId }, { authData });
    const country = { dataSource: "own", entity: "countries", matchColumn: "code", valueColumn: "name" };
    const lookup = { ...country, equals: "record.first_name" };
    const mappings = [definition.mappings[0]!, { target: "name", lookup }];
    const plan = await data_processing.explainConversion(
      { draft: { ...definition, mappings }, filter: "record.id > 3" },
      { authData },
    );
    expect(plan.reasons.map(({ code, path }) => [code, path])).toEqual([
      ["two_databases", "source.dataSource"],
      ["two_databases", "mappings[1].lookup.dataSource"],
    ]);
    const places = plan.statements.map(({ purpose, dataSource }) => [purpose, dataSource]);
    expect(places).toEqual([
      ["read", "own"],
      ["lookup", "own"],
      ["write", "workspace"],
    ]);
    const [read, , write] = plan.statements;
    expect(read!.sql).toContain('"people"');
    expect(write!.sql).toContain("axion.links");
    expect(plan).toMatchObject({
      estimatedRecords: expect.any(Number),
      estimatedBatches: expect.any(Number),
    });
  });

  it("names the expression that keeps a rule from running inside of the database", async () => {
    const { authData } = await newTenant(1);
    const expression = Array(100).fill('normalizePhone(record.email, "49")').join(" + ");
    const mappings = definition.mappings.with(2, { target: "email", expression });
    const plan = await data_processing.explainConversion(
      { draft: { ...definition, mappings } },
      { authData },
    );
    const path = "mappings[2].expression";
    const message = "the SQL of the expression would be too long";
    expect(plan).toMatchObject({
      executor: "streaming",
      reasons: [{ code: "not_translatable", path, message: `${message}.` }],
    });
    expect(plan.expressions.find((each) => each.path === path)).toMatchObject({
      translatable: false,
      problem: message,
    });
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
