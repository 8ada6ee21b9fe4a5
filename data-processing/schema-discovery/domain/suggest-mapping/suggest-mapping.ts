import type { JsonValue } from "../../../../shared/json.js";
import { columnOf } from "../../../entity-conversion/domain/field-types.js";
import type {
  FieldDefinition,
  MappingCandidate,
  MappingSuggestion,
  SuggestionReason,
  SuggestMappingResponse,
} from "../../types.js";
import type { DiscoveredEntity } from "../entity.js";
import { bestAssignment } from "./assignment.js";
import { type NameInTable, nameConcepts, nameSimilarity } from "./names.js";
import { typeFit } from "./types-fit.js";
import { profileValues, type ValueProfile, valueSimilarity } from "./values.js";

/** A side of the mapping: the entity, and some of its records where there are any. */
export interface MappingSide {
  entity: DiscoveredEntity;
  samples: Record<string, JsonValue>[];
}

/** What each signal is worth in a score; a signal that says nothing leaves its share to the others. */
const weights = { name: 0.6, values: 0.25, type: 0.1, key: 0.05 };
/** A pair below this is no suggestion. */
const leastScore = 0.35;
/** A candidate below this is not worth showing. */
const leastCandidate = 0.2;

/**
 * Suggests a source field for each field of the target that can be written: candidates by name, values, type and
 * role in a key, and a choice that uses each source field once at most and is best over the whole.
 */
export function suggestMapping(
  source: MappingSide,
  target: MappingSide,
  options: { candidates: number },
): SuggestMappingResponse {
  const sources = describe(source);
  const targets = describe(target).filter(({ column }) => !column.field.generated);
  const pairs = targets.map((to) => sources.map((from) => score(from, to)));
  const choice = bestAssignment(
    pairs.map((row) => row.map((pair) => (pair.score < leastScore ? 0 : pair.score))),
  );
  const suggestions = targets.map((to, row) => {
    const chosen = pairs[row]?.[choice[row] ?? -1];
    return describeSuggestion(to.column, pairs[row] ?? [], chosen, options.candidates);
  });
  const unmappedRequired = targets
    .filter(
      ({ column: { field } }, row) =>
        !field.nullable && !field.hasDefault && suggestions[row]?.sourceField === undefined,
    )
    .map(({ column }) => column.field.name);
  return { suggestions, unmappedRequired };
}

type Column = NonNullable<ReturnType<typeof columnOf>>;

interface DescribedField {
  column: Column;
  name: NameInTable;
  values: ValueProfile | undefined;
}

interface Pair extends MappingCandidate {
  source: Column;
}

function describe({ entity, samples }: MappingSide): DescribedField[] {
  const { entityType, fields } = entity.schema;
  const table = nameConcepts(entityType.split(".").at(-1) ?? entityType);
  return fields.map((field) => ({
    column: columnOf(entity, field.name)!,
    name: { concepts: nameConcepts(field.name), table },
    values: profileValues(samples.map((record) => record[field.name] ?? null)),
  }));
}

function score(from: DescribedField, to: DescribedField): Pair {
  const reasons: SuggestionReason[] = [];
  const name = nameSimilarity(from.name, to.name);
  reasons.push({
    signal: "name",
    score: round(name),
    explanation: `"${from.column.field.name}" against "${to.column.field.name}"`,
  });
  const type = typeFit(from.column, to.column).score;
  reasons.push({
    signal: "type",
    score: round(type),
    explanation: `${from.column.field.dataType} to ${to.column.field.dataType}`,
  });
  const sameRole = isKey(from.column.field) === isKey(to.column.field);
  const key = sameRole ? 1 : 0;
  reasons.push({
    signal: "key",
    score: key,
    explanation: sameRole
      ? isKey(to.column.field)
        ? "both identify a record"
        : "neither identifies a record"
      : "only one identifies a record",
  });
  let total = weights.name * name + weights.type * type + weights.key * key;
  let worth = weights.name + weights.type + weights.key;
  if (from.values && to.values) {
    const values = valueSimilarity(from.values, to.values);
    reasons.push({ signal: "values", score: round(values), explanation: "sampled values of both" });
    total += weights.values * values;
    worth += weights.values;
  }
  // A type that cannot be converted rules a pair out, however alike the names are.
  const possible = type === 0 ? 0.5 : 1;
  return {
    sourceField: from.column.field.name,
    source: from.column,
    score: round((possible * total) / worth),
    reasons,
  };
}

function describeSuggestion(
  target: Column,
  pairs: Pair[],
  chosen: Pair | undefined,
  count: number,
): MappingSuggestion {
  const fits = chosen !== undefined && chosen.score >= leastScore;
  const candidates = pairs
    .filter((pair) => pair.score >= leastCandidate || (fits && pair === chosen))
    .sort((a, b) => b.score - a.score)
    .slice(0, count);
  if (fits && !candidates.includes(chosen)) candidates[candidates.length - 1] = chosen;
  const listed = candidates.map(({ sourceField, score, reasons }) => ({ sourceField, score, reasons }));
  if (!fits) return { targetField: target.field.name, score: 0, directCopy: false, candidates: listed };
  const { directCopy, expression } = typeFit(chosen.source, target);
  return {
    targetField: target.field.name,
    sourceField: chosen.sourceField,
    score: chosen.score,
    directCopy,
    expression,
    candidates: listed,
  };
}

function isKey(field: FieldDefinition): boolean {
  return field.primaryKey || field.unique;
}

function round(score: number): number {
  return Math.round(score * 1000) / 1000;
}
