import type { columnOf } from "../../../entity-conversion/domain/field-types.js";
import type { FieldDefinition, MappingCandidate, SuggestionReason } from "../../types.js";
import { bestAssignment } from "./assignment.js";
import { compareNames, type NameInTable } from "./names.js";
import { typeFit } from "./types-fit.js";
import { kindOfConcept } from "./value-patterns.js";
import { kindSimilarity, type ValueProfile, valueSimilarity } from "./values.js";

/** What each signal is worth in a score; a signal that says nothing leaves its share to the others. */
const weights = { name: 0.62, values: 0.25, type: 0.08, key: 0.05 };
/** Values of kinds that have less than this in common count against a pair. */
const leastKindSimilarity = 0.15;
/** What a pair keeps that the best assignment over the whole leaves out: a field has one counterpart as a rule. */
const outranked = 0.7;

/** A field of a side, with what its name and its values say. */
export interface DescribedField {
  column: NonNullable<ReturnType<typeof columnOf>>;
  name: NameInTable;
  /** Of its records, else of the only values that it may have. */
  values: ValueProfile | undefined;
  /** The only values that it may have, where the database says so. */
  allowed: string[] | undefined;
}

/** A source field for a target field. */
export interface ScoredPair extends MappingCandidate {
  source: DescribedField;
}

/** Scores each source field for each target field: a row for each target. */
export function scorePairs(sources: DescribedField[], targets: DescribedField[]): ScoredPair[][] {
  const names = compareNames(
    sources.map(({ name }) => name),
    targets.map(({ name }) => name),
  );
  const pairs = targets.map((to, row) => sources.map((from, at) => score(from, to, names[row]![at]!)));
  const choice = bestAssignment(pairs.map((row) => row.map((pair) => pair.score)));
  return pairs.map((row, to) =>
    row.map((pair, from) => {
      const chosen = choice[to] === from;
      return chosen ? pair : { ...pair, score: round(pair.score * outranked) };
    }),
  );
}

function score(from: DescribedField, to: DescribedField, name: number): ScoredPair {
  const reasons: SuggestionReason[] = [
    {
      signal: "name",
      score: round(name),
      explanation: `"${from.column.field.name}" against "${to.column.field.name}"`,
    },
  ];
  const type = typeFit(from.column, to.column).score;
  reasons.push({
    signal: "type",
    score: round(type),
    explanation: `${from.column.field.dataType} to ${to.column.field.dataType}`,
  });
  const sameRole = isKey(from.column.field) === isKey(to.column.field);
  const key = sameRole ? 1 : 0;
  reasons.push({ signal: "key", score: key, explanation: explainKey(sameRole, isKey(to.column.field)) });
  let total = weights.name * name + weights.type * type + weights.key * key;
  let worth = weights.name + weights.type + weights.key;
  let factor = type === 0 ? 0.6 : 1;
  const values = compareValues(from, to);
  if (values) {
    reasons.push({ signal: "values", score: round(values.score), explanation: values.explanation });
    total += weights.values * values.score;
    worth += weights.values;
    factor *= values.factor;
  }
  return {
    sourceField: from.column.field.name,
    source: from,
    score: round((factor * total) / worth),
    reasons,
  };
}

/** What values say: of both sides, or of one against what the other one's name makes expect. */
function compareValues(
  from: DescribedField,
  to: DescribedField,
): { score: number; factor: number; explanation: string } | undefined {
  if (from.values && to.values) {
    const kinds = kindSimilarity(from.values, to.values);
    return {
      score: valueSimilarity(from.values, to.values),
      factor: kinds < leastKindSimilarity ? 0.8 : 1,
      explanation: `${mainKind(from.values)} against ${mainKind(to.values)}`,
    };
  }
  const [present, named] = from.values ? [from, to] : [to, from];
  if (!present.values) return undefined;
  const expected = named.name.tokens.flatMap(({ concept }) => kindOfConcept[concept] ?? []);
  if (expected.length === 0) return undefined;
  const share = expected.reduce((sum, kind) => sum + (present.values?.kinds.get(kind) ?? 0), 0);
  return {
    score: Math.min(1, share),
    factor: 1,
    explanation: `${mainKind(present.values)} where the name makes expect ${expected[0]}`,
  };
}

function mainKind({ kinds }: ValueProfile): string {
  const [kind] = [...kinds].sort((a, b) => b[1] - a[1])[0]!;
  return kind;
}

function explainKey(sameRole: boolean, isTargetKey: boolean): string {
  if (!sameRole) return "only one identifies a record";
  return isTargetKey ? "both identify a record" : "neither identifies a record";
}

function isKey(field: FieldDefinition): boolean {
  return field.primaryKey || field.unique;
}

function round(score: number): number {
  return Math.round(score * 1000) / 1000;
}
