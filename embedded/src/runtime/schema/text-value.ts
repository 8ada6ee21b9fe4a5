import type { BasicType, TypeSchema } from "../../model/app-model.js";
import { createDecimal } from "../decimal.js";
import { parseDateTime } from "./datetime.js";
import { type Decoder, type Types, validated } from "./decode.js";
import { fail, INVALID } from "./failure.js";
import { exactNumber } from "./parse-json.js";
import { compileValidation } from "./validate.js";

/** Turns the text of a header, cookie, query or path value into what app code gets, or answers `INVALID`. */
export type TextDecoder = (text: string) => unknown;

/** How numbers and null are written in a place of a request. */
type Dialect = "query" | "header";

const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const INTEGER = /^[+-]?\d+$/;
const SIGNED_LIMIT = 2n ** 63n;
const NAMED_FLOAT = /^[+-]?(?:inf|infinity|nan)$/i;

/** Reads a number written as in JSON. */
export function decodeJsonNumber(text: string): unknown {
  if (!JSON_NUMBER.test(text)) return fail(`invalid number value: ${text}`);
  return finiteNumber(text);
}

function finiteNumber(text: string): unknown {
  const number = Number(text);
  return Number.isFinite(number) ? exactNumber(number, text) : fail(`number out of range: ${text}`);
}

/** Query values allow a plus sign and a bare point; the names of infinite numbers become null. */
function decodeQueryNumber(text: string): unknown {
  if (NAMED_FLOAT.test(text)) return null;
  if (!FLOAT.test(text)) return fail(`expected a number, got ${text}`);
  const number = Number(text);
  if (!Number.isFinite(number)) return null;
  const exact = exactNumber(number, text.replace(/^\+/, ""));
  return typeof exact === "bigint" && exact >= SIGNED_LIMIT ? number : exact;
}

function decodeBoolean(text: string): unknown {
  if (text === "true") return true;
  return text === "false" ? false : fail(`invalid boolean value: ${text}`);
}

function decodeDecimal(text: string): unknown {
  try {
    return createDecimal(text);
  } catch {
    return fail(`invalid decimal value: ${text}`);
  }
}

function basic(type: BasicType, dialect: Dialect): TextDecoder {
  switch (type) {
    case "any":
    case "string":
      return (text) => text;
    case "number":
      return dialect === "query" ? decodeQueryNumber : decodeJsonNumber;
    case "boolean":
      return decodeBoolean;
    case "null":
      return (text) =>
        text === "null" || (dialect === "header" && text === "") ? null : fail(`expected null, got ${text}`);
    case "bigint":
    case "decimal":
      return decodeDecimal;
    case "date":
      return (text) => parseDateTime(text) ?? fail("invalid datetime");
  }
}

function literal(value: string | number | boolean): TextDecoder {
  if (typeof value === "string") return (text) => (text === value ? value : mismatch(value, text));
  if (typeof value === "boolean") return (text) => (text === String(value) ? value : mismatch(value, text));
  const form = Number.isInteger(value) ? INTEGER : FLOAT;
  return (text) => (form.test(text) && Number(text) === value ? value : mismatch(value, text));
}

function mismatch(value: string | number | boolean, text: string): typeof INVALID {
  return fail(`expected ${JSON.stringify(value)}, got ${text}`);
}

/** Follows references to the type itself; rules stated on the way are collected. */
export function resolveType(schema: TypeSchema, types: Types): TypeSchema {
  let current = schema;
  for (let steps = 0; current.kind === "ref" && steps < 100; steps++) {
    const named = types[current.type];
    if (!named) throw new Error(`the application model has no type ${current.type}`);
    const { validation } = current;
    current = named.type;
    if (validation) {
      const both = current.validation
        ? { rule: "and" as const, of: [current.validation, validation] }
        : validation;
      current = { ...current, validation: both };
    }
  }
  return current;
}

/** Compiles the decoder of a single text value. In a query a list decodes one of its elements, as a list of one. */
export function compileTextDecoder(schema: TypeSchema, types: Types, dialect: Dialect): TextDecoder {
  if (schema.kind !== "ref") return compileResolved(schema, types, dialect);
  // A named type may hold itself, as JSON does: it is compiled when first used.
  let compiled: TextDecoder | undefined;
  return (text) => {
    compiled ??= compileResolved(resolveType(schema, types), types, dialect);
    return compiled(text);
  };
}

function compileResolved(type: TypeSchema, types: Types, dialect: Dialect): TextDecoder {
  const decode = compileText(type, types, dialect);
  if (!type.validation) return decode;
  return validated(decode as Decoder, compileValidation(type.validation)) as TextDecoder;
}

function compileText(type: TypeSchema, types: Types, dialect: Dialect): TextDecoder {
  switch (type.kind) {
    case "basic":
      return basic(type.type, dialect);
    case "literal":
      return literal(type.value);
    case "union": {
      const members = type.members.map((member) => compileTextDecoder(member, types, dialect));
      return (text) => {
        for (const member of members) {
          const decoded = member(text);
          if (decoded !== INVALID) return decoded;
        }
        return fail(`${JSON.stringify(text)} matches no member of the union`);
      };
    }
    case "array": {
      if (dialect === "header") return () => fail("a list cannot be read from one value");
      const element = compileTextDecoder(type.element, types, dialect);
      return (text) => {
        const decoded = element(text);
        return decoded === INVALID ? INVALID : [decoded];
      };
    }
    default:
      return () => fail("an object cannot be read from text");
  }
}
