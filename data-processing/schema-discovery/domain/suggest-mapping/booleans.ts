import { fieldReference } from "../../../entity-conversion/domain/field-types.js";
import type { DescribedField } from "./score-pairs.js";

const trueWords = new Set(
  "true t yes y 1 on active enabled да д истина вкл активен ja j oui o si sí s sim tak verdadero wahr vrai 是".split(
    " ",
  ),
);
const falseWords = new Set(
  "false f no n 0 off inactive disabled нет н ложь выкл неактивен nein non não nie falso falsch faux 否".split(
    " ",
  ),
);

/** An expression that reads a text as yes or no, by the words that its values show. */
export function convertBoolean(
  from: DescribedField,
  to: DescribedField,
): { expression: string; explanation: string } | undefined {
  if (from.column.kind !== "string" || to.column.kind !== "bool" || !from.values) return undefined;
  const words = [...from.values.distinct];
  const isTrue = words.filter((word) => trueWords.has(word)).sort();
  const unknown = words.filter((word) => !trueWords.has(word) && !falseWords.has(word));
  if (isTrue.length === 0 || unknown.length >= words.length / 2) return undefined;
  const more = unknown.length === 0 ? "" : `; not sure of ${unknown.slice(0, 5).join(", ")}`;
  return {
    expression: `lower(trim(${fieldReference(from.column.field.name)})) in [${isTrue.map((word) => JSON.stringify(word)).join(", ")}]`,
    explanation: `takes ${isTrue.join(", ")} for yes${more}`,
  };
}
