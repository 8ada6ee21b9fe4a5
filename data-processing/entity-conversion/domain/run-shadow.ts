import { APIError } from "encore.dev/api";
import type { JsonValue } from "../../../shared/json.js";
import type { Db } from "../../db.js";
import { parseExactJson } from "../../sources/exact-json.js";
import type {
  EffectDifferenceCount,
  FieldDifference,
  FieldDifferenceCount,
  RecordDifference,
  RunShadowRequest,
  RunShadowResponse,
  ShadowOutcome,
} from "../types.js";
import type { Actor } from "./actor.js";
import { filteredPlan } from "./job-selection.js";
import type { LoadedRecord } from "./load-records.js";
import type { ConversionPlan } from "./plan.js";
import type { RuleWorld } from "./prepare-rule.js";
import { countEffects, effectOf, requireSampleBounds } from "./preview-sample.js";
import { choosePlan, draftRuleId } from "./rule-plan.js";
import { invalidFilter } from "./rule-problems.js";
import { chooseSample, evaluateSample, type Sample } from "./sample-records.js";
import { tryRecords } from "./try-records.js";

/**
 * Tries two rules, or two versions of one, on the same records and tells where they differ: in whether a record is
 * written, in which target record, and in the values. Both are written and taken back, each on the target as it is,
 * and as if no record had been converted before; nothing stays.
 */
export async function runShadow(
  db: Db,
  world: RuleWorld,
  actor: Actor,
  request: RunShadowRequest,
): Promise<RunShadowResponse> {
  requireSampleBounds(request, 200);
  const old = await sidePlan(db, { world, actor, side: "old", request });
  const next = await sidePlan(db, { world, actor, side: "new", request });
  requireSameSource(old, next);
  const { sampling, recordIds, limit = 100 } = request;
  const sample = await chooseSample(world, filtered(old, request.filter), { sampling, recordIds, limit });
  const oldResults = await trySide(world, actor, old, sample);
  const newResults = await trySide(world, actor, next, sample);
  const pairs = [...oldResults].flatMap(([id, result]) => {
    const other = newResults.get(id);
    return other ? [{ old: result, next: other }] : [];
  });
  const differences = pairs.flatMap((pair) => difference(pair.old, pair.next) ?? []);
  return {
    compared: pairs.length,
    filtered: sample.filtered,
    identical: pairs.length - differences.length,
    different: differences.length,
    oldEffects: countEffects(pairs.map((pair) => pair.old)),
    newEffects: countEffects(pairs.map((pair) => pair.next)),
    fields: countFields(differences),
    effects: countEffectChanges(differences),
    differences: differences.slice(0, request.examples ?? 20),
  };
}

/** The plan of one side, under an identity that no record has a link of. */
async function sidePlan(
  db: Db,
  from: { world: RuleWorld; actor: Actor; side: "old" | "new"; request: RunShadowRequest },
): Promise<ConversionPlan> {
  const { world, actor, side, request } = from;
  try {
    return { ...(await choosePlan(db, world, actor.tenantId, request[side])), ruleId: draftRuleId };
  } catch (error) {
    if (!(error instanceof APIError)) throw error;
    const details = { ...error.details, path: side };
    throw new APIError(error.code, `${side}: ${error.message}`).withDetails(details);
  }
}

function filtered(plan: ConversionPlan, filter: string | undefined): ConversionPlan {
  if (filter === undefined) return plan;
  const made = filteredPlan(plan, filter);
  if (!made.plan) throw invalidFilter(made.problems);
  return made.plan;
}

function requireSameSource(old: ConversionPlan, next: ConversionPlan): void {
  const [before, now] = [old.definition.source, next.definition.source];
  if (before.dataSource === now.dataSource && before.entity === now.entity) return;
  throw APIError.invalidArgument(
    `new: reads "${now.entity}" of "${now.dataSource}", and the old one "${before.entity}" of "${before.dataSource}": they have no records in common.`,
  ).withDetails({ reason: "source_changed", path: "new" });
}

/** What one side makes of the sample's records, by their ids. */
async function trySide(
  world: RuleWorld,
  actor: Actor,
  plan: ConversionPlan,
  sample: Sample,
): Promise<Map<string, LoadedRecord>> {
  const evaluated = await evaluateSample(world, plan, sample);
  const results = await tryRecords(world, plan, evaluated, actor);
  return new Map(results.map((result) => [result.sourceRecordId, result]));
}

/** How the two sides differ on a record; undefined where they do not. */
function difference(old: LoadedRecord, next: LoadedRecord): RecordDifference | undefined {
  const both = writes(old) && writes(next);
  const fields = both ? differingFields(valuesOf(old), valuesOf(next)) : [];
  const same = both
    ? old.targetRecordId === next.targetRecordId && fields.length === 0
    : effectOf(old) === effectOf(next) && old.reason?.code === next.reason?.code;
  if (same) return undefined;
  return { sourceRecordId: old.sourceRecordId, old: outcomeOf(old), new: outcomeOf(next), fields };
}

function writes({ outcome }: LoadedRecord): boolean {
  return outcome === "converted" || outcome === "unchanged";
}

function outcomeOf(result: LoadedRecord): ShadowOutcome {
  const { reason, targetRecordId } = result;
  return { effect: effectOf(result), reason, targetRecordId: writes(result) ? targetRecordId : undefined };
}

/** The values that a result gives to the target's fields; those of related records as `name.field`. */
function valuesOf(result: LoadedRecord): Record<string, JsonValue> {
  const values = objectOf(result.after);
  for (const { name, after } of result.related ?? []) {
    for (const [field, value] of Object.entries(objectOf(after))) values[`${name}.${field}`] = value;
  }
  return values;
}

function objectOf(json: string | null | undefined): Record<string, JsonValue> {
  return json ? (parseExactJson(json) as Record<string, JsonValue>) : {};
}

function differingFields(old: Record<string, JsonValue>, next: Record<string, JsonValue>): FieldDifference[] {
  const names = [...new Set([...Object.keys(old), ...Object.keys(next)])];
  return names.flatMap((field) =>
    JSON.stringify(old[field]) === JSON.stringify(next[field])
      ? []
      : [{ field, old: old[field], new: next[field] }],
  );
}

function countFields(differences: readonly RecordDifference[]): FieldDifferenceCount[] {
  const counts = new Map<string, number>();
  for (const { fields } of differences)
    for (const { field } of fields) counts.set(field, (counts.get(field) ?? 0) + 1);
  return [...counts]
    .map(([field, records]) => ({ field, records }))
    .sort((a, b) => b.records - a.records || (a.field < b.field ? -1 : 1));
}

function countEffectChanges(differences: readonly RecordDifference[]): EffectDifferenceCount[] {
  const counts = new Map<string, EffectDifferenceCount>();
  for (const { old, new: next } of differences) {
    if (old.effect === next.effect) continue;
    const key = `${old.effect} ${next.effect}`;
    const count = counts.get(key) ?? { old: old.effect, new: next.effect, records: 0 };
    count.records++;
    counts.set(key, count);
  }
  return [...counts.values()].sort((a, b) => b.records - a.records);
}
