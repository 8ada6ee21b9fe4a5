import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonValue } from "../../shared/json.js";
import { filteredPlan } from "../entity-conversion/domain/job-selection.js";
import type { RecordResult } from "../entity-conversion/domain/plan.js";
import type { ErrorPolicy, MergePolicy, RuleDefinitionInput } from "../entity-conversion/types.js";
import type { WorkspaceField } from "../workspace/types.js";
import { convertAll, newWorkspace } from "./workspace-world.js";

const sourceFields: WorkspaceField[] = [
  { name: "id", type: "integer" },
  { name: "s", type: "text" },
  { name: "u", type: "text" },
  { name: "i", type: "integer" },
  { name: "b", type: "bigint" },
  { name: "d", type: "double" },
  { name: "n", type: "numeric", precision: 20, scale: 4 },
  { name: "f", type: "boolean" },
  { name: "t", type: "timestamptz" },
  { name: "day", type: "date" },
  { name: "back_text", type: "text" },
  { name: "back_key", type: "integer" },
];

const groupFields: WorkspaceField[] = [
  { name: "code", type: "integer" },
  { name: "label", type: "text" },
];

const itemFields: WorkspaceField[] = [
  { name: "group_id", type: "integer" },
  { name: "place", type: "integer" },
  { name: "label", type: "text" },
  { name: "main_key", type: "integer" },
];

const targetFields: WorkspaceField[] = [
  { name: "key", type: "integer" },
  { name: "text1", type: "text" },
  { name: "text2", type: "text" },
  { name: "int1", type: "bigint" },
  { name: "int2", type: "integer" },
  { name: "num1", type: "double" },
  { name: "num2", type: "numeric", precision: 12, scale: 3 },
  { name: "flag", type: "boolean" },
  { name: "at", type: "timestamptz" },
  { name: "on_day", type: "date" },
  { name: "group_key", type: "integer" },
];

const oddText = fc.constantFrom(
  "",
  " ",
  "Straße",
  "ÀÉ",
  "ΑΣ",
  "a,b,,c",
  "12",
  "-7 ",
  "1e3",
  "0.1",
  "2024-02-29",
  "x@Y.Z ",
  "+49 (30) 123-4567",
  "0030 12 345678",
  "😀 é́",
  "İ",
  "true",
  "ǆ",
  "9223372036854775808",
);
const text = fc.oneof(
  oddText,
  fc.string({ unit: "grapheme", maxLength: 12 }).map((value) => value.replaceAll("\0", "")),
);
const nullable = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null, freq: 5 });
const double = fc.oneof(
  fc.constantFrom(0, -0.5, 0.1, 2.5, 1e15, 1e-7, 123456.789, 1000000000000.125),
  fc.double({ min: -1e9, max: 1e9, noNaN: true }),
);
const instant = fc.oneof(
  fc.constantFrom(
    "2024-02-29T23:59:59.999999Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "1969-12-31T23:59:59.5Z",
  ),
  fc
    .date({ min: new Date("1800-01-01"), max: new Date("2200-01-01"), noInvalidDate: true })
    .map((date) => date.toISOString()),
);

const record = fc.record({
  s: nullable(text),
  u: nullable(text),
  i: nullable(fc.integer({ min: -1000, max: 1000 })),
  b: nullable(
    fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String), fc.integer().map(String)),
  ),
  d: nullable(double),
  n: nullable(fc.integer({ min: -1_000_000, max: 1_000_000 }).map((value) => value / 1000)),
  f: nullable(fc.boolean()),
  t: nullable(instant),
  day: nullable(instant.map((value) => value.slice(0, 10))),
});

const literal = (value: string) => JSON.stringify(value);
const call = (name: string, ...args: fc.Arbitrary<string>[]) =>
  fc.tuple(...args).map((texts) => `${name}(${texts.join(", ")})`);
const infix = (left: fc.Arbitrary<string>, ops: string[], right: fc.Arbitrary<string>) =>
  fc.tuple(left, fc.constantFrom(...ops), right).map(([a, op, b]) => `(${a} ${op} ${b})`);
const choice = (condition: fc.Arbitrary<string>, value: fc.Arbitrary<string>) =>
  fc.tuple(condition, value, value).map(([test, a, b]) => `(${test} ? ${a} : ${b})`);

const { string, int, number, bool, time } = fc.letrec<
  Record<"string" | "int" | "number" | "bool" | "time", string>
>((tie) => {
  const [string, int, number, bool, time] = (["string", "int", "number", "bool", "time"] as const).map(
    tie,
  ) as [
    fc.Arbitrary<string>,
    fc.Arbitrary<string>,
    fc.Arbitrary<string>,
    fc.Arbitrary<string>,
    fc.Arbitrary<string>,
  ];
  const small = fc.integer({ min: -3, max: 8 }).map(String);
  return {
    string: fc.oneof(
      { maxDepth: 3, depthSize: "small", withCrossShrink: true },
      fc.oneof(fc.constantFrom("record.s", "record.u"), oddText.map(literal)),
      call("upper", string),
      call("lower", string),
      call("trim", string),
      call("concat", string, int, time),
      call("joinText", fc.constant('"-"'), string, number, bool),
      call("replace", string, string, string),
      call("substring", string, small, int),
      call("substring", string, small),
      call("split", string, fc.constantFrom('","', '" "', '""'), small),
      call("string", int),
      call("string", number),
      call("string", time),
      call("coalesce", string, string),
      call("normalizeEmail", string),
      call("normalizePhone", string),
      call("normalizePhone", string, fc.constantFrom('"49"', '"7"')),
      call("formatDate", time, fc.constantFrom('"YYYY-MM-DD"', '"DD.MM.YYYY HH:mm:ss"', '"MM/YYYY"')),
      infix(string, ["+"], string),
      choice(bool, string),
    ),
    int: fc.oneof(
      { maxDepth: 3, depthSize: "small", withCrossShrink: true },
      fc.oneof(fc.constantFrom("record.i", "record.b"), small),
      infix(int, ["+", "-", "*", "/", "%"], int),
      call("size", string),
      call("toInt", string),
      call("tryInt", string),
      call("int", number),
      call("abs", int),
      call("year", time),
      call("month", time),
      call("day", time),
      call("hour", time),
      call("second", time),
      call("daysBetween", time, time),
      call("coalesce", int, int),
      choice(bool, int),
      int.map((value) => `-(${value})`),
    ),
    number: fc.oneof(
      { maxDepth: 3, depthSize: "small", withCrossShrink: true },
      fc.oneof(
        fc.constantFrom("record.d", "record.n"),
        double
          .map((value) => (Number.isInteger(value) ? `${value}.0` : String(value)))
          .filter((value) => !value.includes("e")),
      ),
      infix(number, ["+", "-", "*", "/"], number),
      infix(number, ["+", "*"], int),
      call("round", number),
      call("round", number, fc.constantFrom("0", "2", "5")),
      call("floor", number),
      call("ceil", number),
      call("abs", number),
      call("toNumber", string),
      call("tryNumber", string),
      call("double", int),
      choice(bool, number),
    ),
    bool: fc.oneof(
      { maxDepth: 3, depthSize: "small", withCrossShrink: true },
      fc.constantFrom("record.f", "true", "(record.s == null)", "has(record.t)"),
      infix(string, ["==", "!=", "<", "<=", ">", ">="], string),
      infix(int, ["==", "<", ">="], int),
      infix(number, ["==", "!=", "<", ">"], number),
      infix(time, ["==", "<", ">="], time),
      infix(bool, ["&&", "||", "==", "!="], bool),
      bool.map((value) => `!(${value})`),
      call("contains", string, string),
      call("startsWith", string, string),
      call("endsWith", string, string),
      fc.tuple(string, string, string).map(([a, b, c]) => `(${a} in [${b}, ${c}])`),
      choice(bool, bool),
    ),
    time: fc.oneof(
      { maxDepth: 2, depthSize: "small", withCrossShrink: true },
      fc.constantFrom("record.t", "record.day", 'timestamp("2024-03-31T01:02:03.456Z")'),
      call("addDays", time, int),
      call("startOfDay", time),
      call("timestamp", string),
      call("parseDate", string, fc.constant('"YYYY-MM-DD"')),
      call("tryParseDate", string, fc.constant('"YYYY-MM-DD"')),
      choice(bool, time),
    ),
  };
});

const rule = fc.record({
  when: fc.option(bool, { nil: undefined }),
  text1: string,
  text2: string,
  int1: int,
  int2: int,
  num1: number,
  num2: number,
  flag: bool,
  at: time,
  on_day: time,
  mergePolicy: fc.constantFrom<MergePolicy>("overwrite", "fill-empty", "keep"),
  lookup: fc.constantFrom("null", "fail", "skip", "default"),
  onError: fc.constantFrom<ErrorPolicy>("fail", "fail", "null", "default", "skip"),
  related: fc.option(
    fc.record({
      when: fc.option(bool, { nil: undefined }),
      groupWhen: fc.option(bool, { nil: undefined }),
      groupKey: fc.constantFrom("record.id % 2", "record.id % 3", "record.i % 2"),
      groupPolicy: fc.constantFrom<MergePolicy>("overwrite", "fill-empty", "keep"),
      groupText: fc.constantFrom(
        "record.s",
        '"all alike"',
        "record.id % 2 == 0 ? null : string(record.id / 2)",
      ),
      itemPolicy: fc.constantFrom<MergePolicy>("overwrite", "fill-empty", "keep"),
      itemText: string,
      refersToMain: fc.boolean(),
    }),
    { nil: undefined },
  ),
  writeBack: fc.option(fc.record({ back_text: string, back_key: fc.constantFrom("main", "item") }), {
    nil: undefined,
  }),
});

type GeneratedRule = typeof rule extends fc.Arbitrary<infer T> ? T : never;

const defaults: Record<string, JsonValue> = {
  text1: "default",
  int1: -1,
  int2: 7,
  num1: 0.5,
  num2: 2.125,
  flag: true,
  at: "2000-01-01T00:00:00Z",
  on_day: "1999-12-31",
};

function definitionOf(generated: GeneratedRule, target: string): RuleDefinitionInput {
  const { when, mergePolicy, lookup, onError, related, writeBack, ...expressions } = generated;
  const { text2: _replaced, ...mapped } = expressions;
  const suffix = target.at(-1);
  return {
    name: "generated",
    source: { entity: `source${suffix}` },
    target: { entity: target },
    naturalKey: ["key"],
    mergePolicy,
    when,
    mappings: [
      { target: "key", expression: "record.id / 2" },
      ...Object.entries(mapped).map(([name, expression]) => ({
        target: name,
        expression,
        onError,
        default: onError === "default" ? defaults[name] : undefined,
      })),
      ...(related && !related.refersToMain ? [{ target: "group_key", reference: "group" }] : []),
      {
        target: "text2",
        lookup: {
          entity: "lookup",
          matchColumn: "code",
          equals: expressions.text2,
          valueColumn: "value",
          onMiss: lookup as "null",
          default: lookup === "default" ? "none" : undefined,
        },
      },
    ],
    related: related && [
      {
        name: "item",
        entity: `item${suffix}`,
        naturalKey: ["group_id", "place"],
        mergePolicy: related.itemPolicy,
        when: related.when,
        mappings: [
          { target: "group_id", reference: "group" },
          { target: "place", expression: "record.id / 3" },
          { target: "label", expression: related.itemText },
          ...(related.refersToMain ? [{ target: "main_key", reference: "main" }] : []),
        ],
      },
      {
        name: "group",
        entity: `group${suffix}`,
        naturalKey: ["code"],
        mergePolicy: related.groupPolicy,
        when: related.groupWhen,
        mappings: [
          { target: "code", expression: related.groupKey },
          { target: "label", expression: related.groupText },
        ],
      },
    ],
    writeBack: writeBack && [
      { field: "back_text", expression: writeBack.back_text },
      ...(related || writeBack.back_key === "main"
        ? [
            {
              field: "back_key",
              reference: writeBack.back_key,
              referenceField: writeBack.back_key === "item" ? "place" : undefined,
            },
          ]
        : []),
    ],
  };
}

function outcomes(results: RecordResult[]) {
  return results.map(({ sourceRecordId, targetRecordId, outcome, action, reason, filtered, ...more }) => ({
    sourceRecordId,
    targetRecordId: outcome === "failed" || outcome === "skipped" ? undefined : targetRecordId,
    outcome,
    action,
    code: reason?.code,
    path: reason?.path,
    filtered: filtered ?? false,
    fallbacks: more.fallbacks?.map(({ path, policy }) => `${path} ${policy}`),
    related: more.related?.map((part) => ({ ...part, before: undefined, after: undefined })),
  }));
}

describe("the set-based and the streaming executor", () => {
  it("give every record the same outcome and the target the same contents", async () => {
    let runs = 0;
    let setBased = 0;
    await fc.assert(
      fc.asyncProperty(
        rule,
        fc.array(record, { minLength: 1, maxLength: 10 }),
        fc.option(bool, { nil: undefined }),
        async (generated, records, filter) => {
          const { workspace, world, define, load, plan, rows } = newWorkspace();
          await define(
            { name: "source", fields: sourceFields, primaryKey: ["id"] },
            {
              name: "lookup",
              fields: [
                { name: "code", type: "text" },
                { name: "value", type: "text" },
              ],
              primaryKey: ["code"],
            },
            ...[1, 2].flatMap((at) => [
              { name: `source${at}`, fields: sourceFields, primaryKey: ["id"] },
              { name: `target${at}`, fields: targetFields, primaryKey: ["key"] },
              { name: `group${at}`, fields: groupFields, primaryKey: ["code"] },
              { name: `item${at}`, fields: itemFields, primaryKey: ["group_id", "place"] },
            ]),
          );
          for (const source of ["source1", "source2"])
            await load(
              source,
              records.map((fields, id) => ({ id, ...(fields as Record<string, JsonValue>) })),
            );
          await load(
            "lookup",
            ["", "12", "a", "STRASSE", "ας"].map((code) => ({ code, value: `value of ${code}` })),
          );
          const present = { key: 1, text1: "", num1: 5, flag: true };
          for (const target of ["target1", "target2"]) await load(target, [present]);
          const { tenantId } = workspace;
          const selected = async (target: string) => {
            const made = await plan(definitionOf(generated, target));
            return filter === undefined ? made : filteredPlan(made, filter).plan!;
          };
          const first = await convertAll(world, await selected("target1"), {
            tenantId,
            batchSize: 2,
          });
          const second = await convertAll(world, await selected("target2"), {
            tenantId,
            batchSize: 3,
            executor: "streaming",
          });
          expect(outcomes(first.results)).toEqual(outcomes(second.results));
          expect(await rows("target1", "key")).toEqual(await rows("target2", "key"));
          expect(await rows("group1", "code")).toEqual(await rows("group2", "code"));
          expect(await rows("item1", 'group_id", "place')).toEqual(await rows("item2", 'group_id", "place'));
          expect(await rows("source1", "id")).toEqual(await rows("source2", "id"));
          runs++;
          if (first.executor === "set-based") setBased++;
        },
      ),
      {
        numRuns: Number(process.env.PROPERTY_RUNS ?? 40),
        // The same cases on each run; another seed looks further.
        seed: Number(process.env.PROPERTY_SEED ?? 20_261_121),
      },
    );
    expect(setBased / runs).toBeGreaterThan(0.8);
  }, 300_000);
});
