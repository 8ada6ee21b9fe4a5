import type { EntitySchema, FieldDefinition } from "../../types.js";

const mostValues = 50;
const oneOf = /= ANY \(+ARRAY\[(.*)\]/s;
const literal = /'((?:[^']|'')*)'/g;

/**
 * The only values that a field may have, where the database says so: those of its enum type, or of a check such as
 * `state IN ('new', 'closed')` on the field alone.
 */
export function allowedValues(entity: EntitySchema, field: FieldDefinition): string[] | undefined {
  if (field.enumValues) return field.enumValues;
  for (const { fields, expression } of entity.checks) {
    const list = fields.length === 1 && fields[0] === field.name ? oneOf.exec(expression)?.[1] : undefined;
    const values = [...(list ?? "").matchAll(literal)].map((found) => found[1]!.replaceAll("''", "'"));
    if (values.length > 0 && values.length <= mostValues) return values;
  }
  return undefined;
}
