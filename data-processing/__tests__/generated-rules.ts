import fc from "fast-check";
import type { JsonValue } from "../../shared/json.js";
import type { ErrorPolicy, MergePolicy, RuleDefinitionInput } from "../entity-conversion/types.js";
import { bool, int, number, string, time } from "./generated-expressions.js";

/** What generated rules differ in. */
export const rule = fc.record({
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

/** The rule that writes to a target: from the source, to the related entities of the same number. */
export function definitionOf(generated: GeneratedRule, target: string): RuleDefinitionInput {
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
