import type { JsonValue } from "../../../../shared/json.js";
import type {
  EntitySchema,
  FieldDefinition,
  MappingCandidate,
  MappingSuggestion,
  SuggestionReason,
  SuggestMappingResponse,
} from "../../types.js";
import { bestAssignment } from "./assignment.js";
import { type NameInTable, nameConcepts, nameSimilarity } from "./names.js";
import { typeFit } from "./types-fit.js";
import { profileValues, type ValueProfile, valueSimilarity } from "./values.js";

/** A side of the mapping: its schema, and some of its records where there are any. */
export interface MappingSide {
  schema: EntitySchema;
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
  const targets = describe({
    ...target,
    schema: { ...target.schema, fields: target.schema.fields.filter((field) => !field.generated) },
  });
  const pairs = targets.map((to) => sources.map((from) => score(from, to)));
  const choice = bestAssignment(
    pairs.map((row) => row.map((pair) => (pair.score < leastScore ? 0 : pair.score))),
  );
  const suggestions = targets.map((to, row) => {
    const chosen = pairs[row]?.[choice[row] ?? -1];
    return describeSuggestion(to.field, pairs[row] ?? [], chosen, options.candidates);
  });
  const unmappedRequired = targets
    .filter(
      ({ field }, row) => !field.nullable && !field.hasDefault && suggestions[row]?.sourceField === undefined,
    )
    .map(({ field }) => field.name);
  return { suggestions, unmappedRequired };
}

interface DescribedField {
  field: FieldDefinition;
  name: NameInTable;
  values: ValueProfile | undefined;
}

interface Pair extends MappingCandidate {
  source: FieldDefinition;
}

function describe({ schema, samples }: MappingSide): DescribedField[] {
  const table = nameConcepts(schema.entityType.split(".").at(-1) ?? schema.entityType);
  return schema.fields.map((field) => ({
    field,
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
    explanation: `"${from.field.name}" against "${to.field.name}"`,
  });
  const type = typeFit(from.field, to.field).score;
  reasons.push({
    signal: "type",
    score: round(type),
    explanation: `${from.field.dataType} to ${to.field.dataType}`,
  });
  const sameRole = isKey(from.field) === isKey(to.field);
  const key = sameRole ? 1 : 0;
  reasons.push({
    signal: "key",
    score: key,
    explanation: sameRole
      ? isKey(to.field)
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
    sourceField: from.field.name,
    source: from.field,
    score: round((possible * total) / worth),
    reasons,
  };
}

function describeSuggestion(
  target: FieldDefinition,
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
  if (!fits) return { targetField: target.name, score: 0, directCopy: false, candidates: listed };
  const { directCopy, expression } = typeFit(chosen.source, target);
  return {
    targetField: target.name,
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
