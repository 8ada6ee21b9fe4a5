import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonValue } from "../../shared/json.js";
import { filteredPlan } from "../entity-conversion/domain/job-selection.js";
import type { RecordResult } from "../entity-conversion/domain/plan.js";
import { bool } from "./generated-expressions.js";
import { groupFields, itemFields, record, sourceFields, targetFields } from "./generated-records.js";
import { definitionOf, rule } from "./generated-rules.js";
import { convertAll, newWorkspace } from "./workspace-world.js";

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
