import { fieldReference } from "../../../entity-conversion/domain/field-types.js";
import type { DescribedField } from "./score-pairs.js";

/** An expression over one or several source fields. */
export interface ComposedValue {
  expression: string;
  sourceFields: string[];
  explanation: string;
  score: number;
}

/** The score of a name put together or taken apart: its parts are named unmistakably, their order is a guess. */
const composedScore = 0.8;

type Part = "first" | "middle" | "last" | "full";

/**
 * Person's names that one side has in one field and the other side in several: expressions that join or split them,
 * by target field.
 */
export function findNameParts(
  sources: DescribedField[],
  targets: DescribedField[],
): Map<string, ComposedValue> {
  const from = partsOf(sources);
  const to = partsOf(targets);
  const found = new Map<string, ComposedValue>();
  if (to.full && !from.full && from.first && from.last) {
    const parts = [from.first, from.middle, from.last].filter((part) => part !== undefined);
    found.set(to.full.column.field.name, {
      expression: `joinText(" ", ${parts.map(reference).join(", ")})`,
      sourceFields: parts.map((part) => part.column.field.name),
      explanation: "joins the parts of the name",
      score: composedScore,
    });
  }
  if (from.full && !from.first && !from.last) {
    const expressions = splitName(from.full);
    for (const part of ["first", "middle", "last"] as const) {
      const field = to[part];
      const expression = expressions[part];
      if (!field || !expression) continue;
      found.set(field.column.field.name, {
        expression,
        sourceFields: [from.full.column.field.name],
        explanation: `takes the ${part} name out of the full name`,
        score: composedScore,
      });
    }
  }
  return found;
}

/** The fields that hold a person's name or a part of it; a bare `name` counts where the table is one of persons. */
function partsOf(fields: DescribedField[]): Partial<Record<Part, DescribedField>> {
  const parts: Partial<Record<Part, DescribedField>> = {};
  for (const field of fields) {
    if (field.column.kind !== "string") continue;
    const part = partOf(field);
    if (part) parts[part] ??= field;
  }
  return parts;
}

const persons = new Set([
  "person",
  "contact",
  "customer",
  "employee",
  "user",
  "patient",
  "student",
  "teacher",
  "lead",
]);

function partOf({ name, values }: DescribedField): Part | undefined {
  const concepts = name.tokens.map(({ concept }) => concept);
  const rest = concepts.filter((concept) => concept !== "name");
  const [only] = rest;
  if (rest.length === 1 && (only === "first" || only === "middle" || only === "last" || only === "full")) {
    return concepts.includes("name") ? only : undefined;
  }
  const ofPerson =
    (rest.length === 0 && name.table.some(({ concept }) => persons.has(concept))) ||
    (rest.length === 1 && persons.has(only!));
  if (!concepts.includes("name") || !ofPerson) return undefined;
  // A company's name, or a first name alone, would be split wrongly.
  return !values || values.texts.filter((text) => /\S,?\s+\S/.test(text)).length > values.texts.length / 2
    ? "full"
    : undefined;
}

function splitName(full: DescribedField): Partial<Record<Part, string>> {
  const ref = reference(full);
  const texts = full.values?.texts ?? [];
  const share = (test: (text: string) => boolean): number =>
    texts.length === 0 ? 0 : texts.filter(test).length / texts.length;
  if (share((text) => /^[^,]+, [^,]+$/.test(text)) > 0.8) {
    return { first: `split(${ref}, ", ", 1)`, last: `split(${ref}, ", ", 0)` };
  }
  const word = (at: number): string => `split(trim(${ref}), " ", ${at})`;
  // Three words with a patronymic at the end: family name, given name, patronymic.
  const russianOrder = full.name.tokens.some(({ written }) => written === "фио" || written === "fio");
  if (russianOrder || share((text) => /(?:вич|вна|чна)$/.test(text.trim())) > 0.5) {
    return { last: word(0), first: word(1), middle: word(2) };
  }
  return { first: word(0), last: `trim(substring(trim(${ref}), size(${word(0)})))` };
}

function reference(field: DescribedField): string {
  return fieldReference(field.column.field.name);
}
