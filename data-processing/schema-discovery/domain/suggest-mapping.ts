import { conversionHint, copyProblem } from "../../entity-conversion/domain/field-types.js";
import type {
  FieldDefinition,
  MappingCandidate,
  MappingSuggestion,
  SuggestionReason,
  SuggestMappingResponse,
} from "../types.js";
import { assign } from "./assign.js";
import type { DiscoveredEntity } from "./entity.js";
import { fieldWords, nameSimilarity } from "./name-similarity.js";
import { type FieldSamples, valueSimilarity } from "./value-similarity.js";

/** A choice below this score is no suggestion. */
const threshold = 0.45;

/** What each signal weighs where all are there; a signal that is missing leaves its weight to the others. */
const weights = { name: 0.6, type: 0.15, key: 0.05, values: 0.2 };

export interface SuggestionInput {
  source: DiscoveredEntity;
  target: DiscoveredEntity;
  sourceSamples?: FieldSamples;
  targetSamples?: FieldSamples;
  /** Candidates listed for each target field. */
  candidates: number;
}

/** Source fields for the fields of a target, one for each at most, with scores and the reasons for them. */
export function suggestMapping(input: SuggestionInput): SuggestMappingResponse {
  const sources = input.source.schema.fields;
  const targets = input.target.schema.fields.filter((field) => !field.generated);
  const sourceNames = sources.map((field) => fieldWords(field.name, input.source.schema.entityType));
  const scored = targets.map((target) => {
    const words = fieldWords(target.name, input.target.schema.entityType);
    return sources.map((source, at) =>
      score(input, { source, target, name: nameSimilarity(sourceNames[at]!, words) }),
    );
  });
  const chosen = assign(
    scored.map((row) => row.map((candidate) => (candidate.score >= threshold ? candidate.score : 0))),
  );
  const suggestions = targets.map((target, at) => suggestion(input, target, scored[at]!, chosen[at]!));
  const unmapped = suggestions
    .filter((item) => item.sourceField === undefined)
    .map((item) => item.targetField);
  const required = new Set(
    targets.filter((field) => !field.nullable && !field.hasDefault).map((field) => field.name),
  );
  return { suggestions, unmappedRequired: unmapped.filter((name) => required.has(name)) };
}

function suggestion(
  input: SuggestionInput,
  target: FieldDefinition,
  row: readonly MappingCandidate[],
  chosen: number,
): MappingSuggestion {
  const pick = chosen >= 0 && row[chosen]!.score >= threshold ? row[chosen] : undefined;
  const ranked = row
    .filter((candidate) => candidate.score >= threshold / 2)
    .toSorted((a, b) => b.score - a.score);
  const candidates = ranked.slice(0, input.candidates);
  if (pick && !candidates.includes(pick)) candidates.splice(-1, 1, pick);
  if (!pick) return { targetField: target.name, score: 0, directCopy: false, candidates };
  const from = columnFor(input.source, pick.sourceField);
  const to = columnFor(input.target, target.name);
  const directCopy = copyProblem(from, to) === undefined;
  return {
    targetField: target.name,
    sourceField: pick.sourceField,
    score: pick.score,
    directCopy,
    expression: directCopy ? undefined : conversionHint(from.field, to),
    candidates,
  };
}

function columnFor(entity: DiscoveredEntity, name: string) {
  const field = entity.schema.fields.find((candidate) => candidate.name === name)!;
  return { field, kind: field.kind, column: entity.columns[name]! };
}

function score(
  input: SuggestionInput,
  pair: { source: FieldDefinition; target: FieldDefinition; name: number },
): MappingCandidate {
  const { source, target } = pair;
  const values = valueSimilarity(
    input.sourceSamples?.get(source.name),
    input.targetSamples?.get(target.name),
  );
  const reasons: SuggestionReason[] = [
    { signal: "name", score: rounded(pair.name), explanation: nameExplanation(pair) },
    typeReason(input, source, target),
    keyReason(input, source, target),
  ];
  if (values !== undefined) {
    reasons.push({
      signal: "values",
      score: rounded(values),
      explanation: "Sampled values of both fields were compared.",
    });
  }
  const weight = reasons.reduce((sum, reason) => sum + weights[reason.signal], 0);
  const total = reasons.reduce((sum, reason) => sum + weights[reason.signal] * reason.score, 0) / weight;
  // A good type alone is no reason to map: without a hint in names or values the score stays low.
  const evidence = Math.max(pair.name, values ?? 0);
  return { sourceField: source.name, score: rounded(evidence < 0.3 ? total * 0.6 : total), reasons };
}

function nameExplanation({
  source,
  target,
  name,
}: {
  source: FieldDefinition;
  target: FieldDefinition;
  name: number;
}): string {
  if (name === 1) return "The names are the same.";
  return name >= 0.5 ? `"${source.name}" and "${target.name}" mean much the same.` : "The names differ.";
}

function typeReason(
  input: SuggestionInput,
  source: FieldDefinition,
  target: FieldDefinition,
): SuggestionReason {
  const [from, to] = [columnFor(input.source, source.name), columnFor(input.target, target.name)];
  if (source.kind === target.kind)
    return { signal: "type", score: 1, explanation: `Both are ${source.kind}.` };
  if (copyProblem(from, to) === undefined) {
    return {
      signal: "type",
      score: 0.7,
      explanation: `${source.dataType} can be copied to ${target.dataType}.`,
    };
  }
  const hint = conversionHint(source, to);
  return hint
    ? {
        signal: "type",
        score: 0.5,
        explanation: `${source.dataType} becomes ${target.dataType} by an expression.`,
      }
    : { signal: "type", score: 0, explanation: `${source.dataType} does not become ${target.dataType}.` };
}

function keyReason(
  input: SuggestionInput,
  source: FieldDefinition,
  target: FieldDefinition,
): SuggestionReason {
  const role = (entity: DiscoveredEntity, field: FieldDefinition) => {
    if (field.primaryKey) return "primary key";
    if (entity.schema.references.some((reference) => reference.fields.includes(field.name)))
      return "reference";
    return field.unique ? "unique" : "plain";
  };
  const [from, to] = [role(input.source, source), role(input.target, target)];
  if (from === to) return { signal: "key", score: 1, explanation: `Both are ${from} fields.` };
  return { signal: "key", score: 0.2, explanation: `One is a ${from} field, the other a ${to} field.` };
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
