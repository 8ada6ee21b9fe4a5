import type { JsonValue } from "../../../../shared/json.js";
import { parseExactJson } from "../../../sources/exact-json.js";
import type {
  EffectCounts,
  EffectDifferenceCount,
  FieldDifference,
  FieldDifferenceCount,
  RecordDifference,
  ShadowDifferenceKind,
  ShadowOutcome,
} from "../../types.js";
import type { LoadedRecord } from "../load-records.js";
import { countEffects, effectOf } from "../preview-sample.js";

/** What came of comparing records. */
export interface Comparison {
  compared: number;
  filtered: number;
  identical: number;
  different: number;
  oldEffects: EffectCounts;
  newEffects: EffectCounts;
  /** Most frequent first. */
  fields: FieldDifferenceCount[];
  effects: EffectDifferenceCount[];
}

/** Compares what two sides made of the same records, given by their ids. */
export function compareSides(
  old: ReadonlyMap<string, LoadedRecord>,
  next: ReadonlyMap<string, LoadedRecord>,
  filtered: number,
): { comparison: Comparison; differences: RecordDifference[] } {
  const pairs = [...old].flatMap(([id, result]) => {
    const other = next.get(id);
    return other ? [{ old: result, next: other }] : [];
  });
  const differences = pairs.flatMap((pair) => difference(pair.old, pair.next) ?? []);
  const comparison: Comparison = {
    compared: pairs.length,
    filtered,
    identical: pairs.length - differences.length,
    different: differences.length,
    oldEffects: countEffects(pairs.map((pair) => pair.old)),
    newEffects: countEffects(pairs.map((pair) => pair.next)),
    fields: sortedFields(countFields(differences)),
    effects: sortedEffects(countEffectChanges(differences)),
  };
  return { comparison, differences };
}

/** Two comparisons of different records as one. */
export function addComparisons(one: Comparison, other: Comparison): Comparison {
  const fields = new Map(one.fields.map(({ field, records }) => [field, records]));
  for (const { field, records } of other.fields) fields.set(field, (fields.get(field) ?? 0) + records);
  const effects = new Map(one.effects.map((effect) => [`${effect.old} ${effect.new}`, { ...effect }]));
  for (const effect of other.effects) {
    const known = effects.get(`${effect.old} ${effect.new}`);
    if (known) known.records += effect.records;
    else effects.set(`${effect.old} ${effect.new}`, { ...effect });
  }
  return {
    compared: one.compared + other.compared,
    filtered: one.filtered + other.filtered,
    identical: one.identical + other.identical,
    different: one.different + other.different,
    oldEffects: addEffects(one.oldEffects, other.oldEffects),
    newEffects: addEffects(one.newEffects, other.newEffects),
    fields: sortedFields(fields),
    effects: sortedEffects(effects),
  };
}

function addEffects(one: EffectCounts, other: EffectCounts): EffectCounts {
  return {
    create: one.create + other.create,
    update: one.update + other.update,
    unchanged: one.unchanged + other.unchanged,
    skip: one.skip + other.skip,
    fail: one.fail + other.fail,
  };
}

/** How the two sides differ on a record; undefined where they do not. */
function difference(old: LoadedRecord, next: LoadedRecord): RecordDifference | undefined {
  const both = writes(old) && writes(next);
  const fields = both ? differingFields(valuesOf(old), valuesOf(next)) : [];
  const kind = differenceKind(old, next, fields);
  if (!kind) return undefined;
  return { sourceRecordId: old.sourceRecordId, kind, old: outcomeOf(old), new: outcomeOf(next), fields };
}

function differenceKind(
  old: LoadedRecord,
  next: LoadedRecord,
  fields: readonly FieldDifference[],
): ShadowDifferenceKind | undefined {
  if (writes(old) && writes(next)) {
    if (old.targetRecordId !== next.targetRecordId) return "target";
    return fields.length > 0 ? "values" : undefined;
  }
  const same = effectOf(old) === effectOf(next) && old.reason?.code === next.reason?.code;
  return same ? undefined : "effect";
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

function countFields(differences: readonly RecordDifference[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { fields } of differences)
    for (const { field } of fields) counts.set(field, (counts.get(field) ?? 0) + 1);
  return counts;
}

function sortedFields(counts: ReadonlyMap<string, number>): FieldDifferenceCount[] {
  return [...counts]
    .map(([field, records]) => ({ field, records }))
    .sort((a, b) => b.records - a.records || (a.field < b.field ? -1 : 1));
}

function countEffectChanges(differences: readonly RecordDifference[]): Map<string, EffectDifferenceCount> {
  const counts = new Map<string, EffectDifferenceCount>();
  for (const { old, new: next } of differences) {
    if (old.effect === next.effect) continue;
    const key = `${old.effect} ${next.effect}`;
    const count = counts.get(key) ?? { old: old.effect, new: next.effect, records: 0 };
    count.records++;
    counts.set(key, count);
  }
  return counts;
}

function sortedEffects(counts: ReadonlyMap<string, EffectDifferenceCount>): EffectDifferenceCount[] {
  return [...counts.values()].sort((a, b) => b.records - a.records);
}
