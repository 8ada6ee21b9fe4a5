import type { RuleDefinition, RuleProblem } from "../types.js";

/** Most mappings of a rule: those of its target, of all related records, and those written back, together. */
export const maxMappings = 500;
/** Most related records of a rule. */
export const maxRelated = 20;
const maxNaturalKey = 32;
const maxDescription = 10_000;
const maxDefinitionBytes = 1_000_000;

/** What of a rule is beyond its bounds. Nothing else of such a rule is looked at. */
export function tooLarge(definition: RuleDefinition): RuleProblem[] {
  const problems: RuleProblem[] = [];
  const add = (path: string, code: string, message: string) => problems.push({ path, code, message });
  const related = definition.related ?? [];
  const mappings =
    definition.mappings.length +
    (definition.writeBack ?? []).length +
    related.reduce((sum, record) => sum + record.mappings.length, 0);
  if (mappings > maxMappings)
    add(
      "mappings",
      "too_many_mappings",
      `A rule has ${maxMappings} mappings at most, with those of related records and write-back; this one has ${mappings}.`,
    );
  if (related.length > maxRelated)
    add(
      "related",
      "too_many_related",
      `A rule has ${maxRelated} related records at most, this one has ${related.length}.`,
    );
  for (const [path, { naturalKey }] of [
    ["", definition] as const,
    ...related.map((record, at) => [`related[${at}].`, record] as const),
  ])
    if (naturalKey.length > maxNaturalKey)
      add(`${path}naturalKey`, "too_many_key_fields", `A natural key has ${maxNaturalKey} fields at most.`);
  if ((definition.description?.length ?? 0) > maxDescription)
    add("description", "too_long", `A description has ${maxDescription} characters at most.`);
  const bytes = Buffer.byteLength(JSON.stringify(definition));
  if (bytes > maxDefinitionBytes)
    add("", "too_large", `A rule takes ${maxDefinitionBytes} bytes of JSON at most, this one ${bytes}.`);
  return problems;
}
