import type { JsonValue } from "../../../../shared/json.js";
import { columnOf } from "../../../entity-conversion/domain/field-types.js";
import type { MappingSuggestion, SuggestMappingResponse } from "../../types.js";
import type { DiscoveredEntity } from "../entity.js";
import { allowedValues } from "./allowed-values.js";
import { bestAssignment } from "./assignment.js";
import { suggestConversion } from "./conversions.js";
import { findNameParts } from "./name-parts.js";
import { type DescribedField, type ScoredPair, scorePairs } from "./score-pairs.js";
import { profileValues } from "./values.js";
import { readName, type Token } from "./vocabulary.js";

/** A side of the mapping: the entity, and some of its records where there are any. */
export interface MappingSide {
  entity: DiscoveredEntity;
  samples: Record<string, JsonValue>[];
}

/** A pair below this is no suggestion. */
const leastScore = 0.35;
/** A candidate below this is not worth showing. */
const leastCandidate = 0.2;

/**
 * Suggests a source field for each field of the target that can be written: candidates by name, values, type and
 * role in a key, a choice that uses each source field once at most and is best over the whole, and an expression
 * where a copy would be wrong.
 */
export function suggestMapping(
  source: MappingSide,
  target: MappingSide,
  options: { candidates: number },
): SuggestMappingResponse {
  const { sources, targets, pairs } = rankPairs(source, target);
  const choice = bestAssignment(
    pairs.map((row) => row.map((pair) => (pair.score < leastScore ? 0 : pair.score))),
  );
  const parts = findNameParts(sources, targets);
  const suggestions = targets.map((to, row) => {
    const best = pairs[row]?.[choice[row] ?? -1];
    const chosen = best && best.score >= leastScore ? best : undefined;
    const candidates = listCandidates(pairs[row] ?? [], chosen, options.candidates);
    const composed = parts.get(to.column.field.name);
    const suggestion: MappingSuggestion = composed
      ? { targetField: to.column.field.name, ...composed, directCopy: false, candidates }
      : { targetField: to.column.field.name, ...describeChoice(chosen, to), candidates };
    return suggestion;
  });
  const unmappedRequired = targets
    .filter(({ column: { field } }, row) => {
      const { sourceField, expression } = suggestions[row]!;
      return !field.nullable && !field.hasDefault && sourceField === undefined && expression === undefined;
    })
    .map(({ column }) => column.field.name);
  const sampledRecords = { source: source.samples.length, target: target.samples.length };
  return { suggestions, unmappedRequired, sampledRecords };
}

/** Every pair of a source field and a target field that can be written, scored: a row for each target field. */
export function rankPairs(
  source: MappingSide,
  target: MappingSide,
): { sources: DescribedField[]; targets: DescribedField[]; pairs: ScoredPair[][] } {
  const sources = describe(source);
  const targets = describe(target).filter(({ column }) => !column.field.generated);
  return { sources, targets, pairs: scorePairs(sources, targets) };
}

function describe({ entity, samples }: MappingSide): DescribedField[] {
  const { entityType, fields } = entity.schema;
  const table = readName(entityType.split(".").at(-1) ?? entityType);
  const names = readNames(fields.map(({ name }) => name));
  return fields.map((field, at) => {
    const allowed = allowedValues(entity.schema, field);
    const values = profileValues(samples.map((record) => record[field.name] ?? null));
    return {
      column: columnOf(entity, field.name)!,
      name: { tokens: isStateOfAffairs(names[at]!, allowed) ? readName("status") : names[at]!, table },
      values: values ?? (allowed && profileValues(allowed)),
      allowed,
    };
  });
}

/** Whether a bare `state` is no part of a country: it has a fixed set of values, which are no codes of two letters. */
function isStateOfAffairs(tokens: Token[], allowed: string[] | undefined): boolean {
  const isBare = tokens.length === 1 && tokens[0]!.written === "state";
  return isBare && (allowed ?? []).some((value) => value.length > 3);
}

/** The words of a table's columns. A bare `name` beside a family name, with no given name, is the given name. */
function readNames(columns: string[]): Token[][] {
  const names = columns.map(readName);
  const isPart = (tokens: Token[], part: string): boolean =>
    tokens.length === 2 && [part, "name"].every((each) => tokens.some(({ concept }) => concept === each));
  const hasFamilyName = names.some((tokens) => isPart(tokens, "last"));
  if (!hasFamilyName || names.some((tokens) => isPart(tokens, "first"))) return names;
  return names.map((tokens) =>
    tokens.length === 1 && tokens[0]!.concept === "name" ? readName("first_name") : tokens,
  );
}

function listCandidates(pairs: ScoredPair[], chosen: ScoredPair | undefined, count: number) {
  const candidates = pairs
    .filter((pair) => pair.score >= leastCandidate || pair === chosen)
    .sort((a, b) => b.score - a.score)
    .slice(0, count);
  if (chosen && !candidates.includes(chosen)) candidates[candidates.length - 1] = chosen;
  return candidates.map(({ sourceField, score, reasons }) => ({ sourceField, score, reasons }));
}

function describeChoice(chosen: ScoredPair | undefined, target: DescribedField) {
  if (!chosen) return { score: 0, directCopy: false };
  const { sourceField, score } = chosen;
  return { sourceField, score, ...suggestConversion(chosen.source, target) };
}
