import { APIError } from "encore.dev/api";
import type { Db } from "../../db.js";
import type {
  ConversionEffect,
  EffectCounts,
  JobFailureGroup,
  PreviewSampleRequest,
  PreviewSampleResponse,
  SampledRecord,
} from "../types.js";
import type { Actor } from "./actor.js";
import { estimateRecords } from "./explain-conversion.js";
import { fieldChanges } from "./field-changes.js";
import type { LoadedRecord } from "./load-records.js";
import type { ConversionPlan } from "./plan.js";
import type { RuleWorld } from "./prepare-rule.js";
import { chooseFilteredPlan } from "./rule-plan.js";
import { chooseSample, evaluateSample } from "./sample-records.js";
import { tryRecords } from "./try-records.js";

const mostRecords = 1_000;

/**
 * What a rule, saved or not, would do to a sample of records: how many would be created, updated, left unchanged,
 * skipped or fail, why, and examples. The records are written and taken back, so that the target's constraints speak;
 * nothing stays.
 */
export async function previewSample(
  db: Db,
  world: RuleWorld,
  actor: Actor,
  request: PreviewSampleRequest,
): Promise<PreviewSampleResponse> {
  requireSampleBounds(request, 20);
  const plan = await chooseFilteredPlan(db, world, actor.tenantId, request);
  const { sampling, recordIds, limit = 100 } = request;
  const sample = await chooseSample(world, plan, { sampling, recordIds, limit });
  const evaluated = await evaluateSample(world, plan, sample);
  const tried = await tryRecords(world, plan, evaluated, actor);
  const results: LoadedRecord[] = [...tried.filter((result) => !result.filtered), ...sample.missing];
  const source = await world.open(plan.definition.source.dataSource);
  return {
    sampled: results.length,
    filtered: sample.filtered,
    effects: countEffects(results),
    skipReasons: groupReasons(results, "skipped"),
    failureReasons: groupReasons(results, "failed"),
    examples: chooseExamples(plan, results, request.examples ?? 3),
    estimatedRecords: await estimateRecords(source, plan),
  };
}

/** Throws `invalidArgument` for a sample that is too large, or is asked for in two ways. */
export function requireSampleBounds(
  request: Pick<PreviewSampleRequest, "limit" | "examples" | "recordIds" | "filter">,
  mostExamples: number,
): void {
  const refuse = (path: string, message: string) =>
    APIError.invalidArgument(`${path}: ${message}`).withDetails({ reason: "bad_sample", path });
  const { limit, examples, recordIds, filter } = request;
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1 && limit <= mostRecords))
    throw refuse("limit", `1 to ${mostRecords} records.`);
  if (examples !== undefined && !(Number.isInteger(examples) && examples >= 0 && examples <= mostExamples))
    throw refuse("examples", `0 to ${mostExamples} examples.`);
  if (recordIds && filter !== undefined) throw refuse("filter", "give either filter or recordIds.");
  if (recordIds && recordIds.length > mostRecords)
    throw refuse("recordIds", `1 to ${mostRecords} record ids.`);
}

/** The effect that a result tells of. */
export function effectOf({ outcome, action }: LoadedRecord): ConversionEffect {
  switch (outcome) {
    case "converted":
      return action === "create" ? "create" : "update";
    case "unchanged":
      return "unchanged";
    case "skipped":
      return "skip";
    case "failed":
      return "fail";
  }
}

export function countEffects(results: readonly LoadedRecord[]): EffectCounts {
  const counts: EffectCounts = { create: 0, update: 0, unchanged: 0, skip: 0, fail: 0 };
  for (const result of results) counts[effectOf(result)]++;
  return counts;
}

function groupReasons(results: readonly LoadedRecord[], outcome: "skipped" | "failed"): JobFailureGroup[] {
  const groups = new Map<string, JobFailureGroup>();
  for (const { outcome: own, reason } of results) {
    if (own !== outcome || !reason) continue;
    const key = JSON.stringify([reason.code, reason.path]);
    const group = groups.get(key) ?? {
      code: reason.code,
      path: reason.path,
      count: 0,
      example: reason.message,
    };
    group.count++;
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => b.count - a.count);
}

/** The first results of each effect and reason. */
function chooseExamples(
  plan: ConversionPlan,
  results: readonly LoadedRecord[],
  each: number,
): SampledRecord[] {
  const shown = new Map<string, number>();
  const examples: SampledRecord[] = [];
  for (const result of results) {
    const effect = effectOf(result);
    const kind = JSON.stringify([effect, result.reason?.code, result.reason?.path]);
    const count = shown.get(kind) ?? 0;
    if (count >= each) continue;
    shown.set(kind, count + 1);
    const writes = result.outcome === "converted";
    examples.push({
      effect,
      sourceRecordId: result.sourceRecordId,
      targetRecordId: writes || result.outcome === "unchanged" ? result.targetRecordId : undefined,
      reason: result.reason,
      changes: writes ? fieldChanges(plan, result).filter((change) => change.changed) : [],
    });
  }
  return examples;
}
