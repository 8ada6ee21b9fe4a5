import { isDecimal } from "../decimal.js";
import { formatDateTime } from "./datetime.js";

/** Nesting beyond this is refused, which also catches circular values. */
const MAX_DEPTH = 128;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what JSON must escape
const NEEDS_ESCAPE = /["\\\u0000-\u001f\ud800-\udfff]/;

function quote(text: string): string {
  return NEEDS_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/**
 * JSON text of a value of app code: `Date` as RFC 3339, `bigint` and `Decimal`
 * as text, undefined fields left out, inherited fields included. Throws on what has no JSON form:
 * functions, symbols, undefined in a list, numbers that are not finite, cycles.
 */
export function writeJson(value: unknown, depth = 0): string {
  switch (typeof value) {
    case "string":
      return quote(value);
    case "number":
      if (!Number.isFinite(value)) throw new Error(`the number ${value} has no JSON form`);
      return `${value}`;
    case "boolean":
      return value ? "true" : "false";
    case "bigint":
      return `"${value}"`;
    case "object":
      return value === null ? "null" : writeObject(value, depth);
    default:
      throw new Error(`a value of type ${typeof value} has no JSON form`);
  }
}

function writeObject(value: object, depth: number): string {
  if (depth >= MAX_DEPTH) {
    throw new Error(`value is nested deeper than ${MAX_DEPTH}; does it contain a circular reference?`);
  }
  if (Array.isArray(value)) {
    let text = "[";
    for (let i = 0; i < value.length; i++) {
      text += i === 0 ? writeJson(value[i], depth + 1) : `,${writeJson(value[i], depth + 1)}`;
    }
    return `${text}]`;
  }
  if (value instanceof Date) return `"${dateText(value)}"`;
  if (isDecimal(value)) return `"${value.value}"`;
  let text = "{";
  const fields = value as Record<string, unknown>;
  for (const key in fields) {
    const field = fields[key];
    if (field === undefined) continue;
    text += `${text.length > 1 ? "," : ""}${quote(key)}:${writeJson(field, depth + 1)}`;
  }
  return `${text}}`;
}

function dateText(date: Date): string {
  if (Number.isNaN(date.getTime())) throw new Error("an invalid Date has no JSON form");
  return formatDateTime(date);
}

/** JSON text of the named fields of an object; `{}` for null and undefined. */
export function writeFields(value: object | null | undefined, names: readonly string[]): string {
  if (value === null || value === undefined) return "{}";
  const fields = value as Record<string, unknown>;
  let text = "{";
  for (const name of names) {
    const field = fields[name];
    if (
      field === undefined ||
      (field === Object.prototype[name as keyof object] && !Object.hasOwn(value, name))
    )
      continue;
    text += `${text.length > 1 ? "," : ""}${quote(name)}:${writeJson(field, 1)}`;
  }
  return `${text}}`;
}
