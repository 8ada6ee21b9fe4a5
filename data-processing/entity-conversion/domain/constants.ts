import type { JsonValue } from "../../../shared/json.js";
import type { FieldDefinition } from "../../schema-discovery/types.js";
import type { TypedColumn } from "./column-sql.js";

/** The text form of a constant for a column, or why it cannot be written there. */
export function constantText(
  value: JsonValue,
  to: TypedColumn & { field: FieldDefinition },
): { text: string | null } | { problem: string } {
  const { field } = to;
  const mismatch = { problem: `${JSON.stringify(value).slice(0, 100)} is no value for ${field.dataType}.` };
  if (value === null) return field.nullable ? { text: null } : { problem: `"${field.name}" cannot be null.` };
  if (typeof value === "string" && value.includes("\0"))
    return { problem: "A text cannot hold the character U+0000." };
  if (to.column.baseType.startsWith("json")) return { text: JSON.stringify(value) };
  switch (to.kind) {
    case "bool":
      return typeof value === "boolean" ? { text: String(value) } : mismatch;
    case "int":
      return isInteger(value) ? { text: String(value) } : mismatch;
    case "double":
      return typeof value === "number" || (typeof value === "string" && isDecimal(value))
        ? { text: String(value) }
        : mismatch;
    default:
      return typeof value === "string" ? enumText(value, field) : mismatch;
  }
}

function isInteger(value: JsonValue): boolean {
  return typeof value === "number"
    ? Number.isSafeInteger(value)
    : typeof value === "string" && /^-?[0-9]{1,19}$/.test(value);
}

function isDecimal(text: string): boolean {
  return /^-?[0-9]{1,200}([.][0-9]{1,200})?$/.test(text);
}

function enumText(text: string, field: FieldDefinition): { text: string } | { problem: string } {
  if (!field.enumValues || field.enumValues.includes(text)) return { text };
  return { problem: `"${text}" is not one of ${field.enumValues.join(", ")}.` };
}
