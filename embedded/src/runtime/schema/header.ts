import type { Field } from "../../model/app-model.js";
import { isDecimal } from "../decimal.js";
import { internalError, invalidArgument } from "../errors.js";
import { headerText, type IncomingHeaders } from "../http/incoming-headers.js";
import { formatDateTimeWithOffset } from "./datetime.js";
import type { Types } from "./decode.js";
import { INVALID, lastFailure } from "./failure.js";
import { compileTextDecoder, resolveType } from "./text-value.js";

type NamedField = { name: string; field: Field };

/** Reads the fields that travel in headers into `target`. Throws `invalid_argument`. */
export type HeaderDecoder = (headers: IncomingHeaders, target: Record<string, unknown>) => void;

/** Compiles the header fields of a payload. A list takes all values of its header, anything else the first one. */
export function compileHeaderDecoder(fields: NamedField[], types: Types): HeaderDecoder {
  const compiled = fields.map(({ name, field }) => {
    const type = resolveType(field.type, types);
    const list = type.kind === "array";
    return {
      wireName: name,
      name: name.toLowerCase(),
      key: field.name,
      optional: field.optional,
      list,
      decode: compileTextDecoder(list ? type.element : type, types, "header"),
    };
  });
  return (headers, target) => {
    for (const { wireName, name, key, optional, list, decode } of compiled) {
      const decodeOne = (raw: string): unknown => {
        const text = headerText(raw);
        const value = text === undefined ? INVALID : decode(text);
        if (value === INVALID) {
          throw invalidArgument(
            `invalid header value: ${wireName}: ${text === undefined ? "not UTF-8" : lastFailure()}`,
          );
        }
        return value;
      };
      const first = headers.first(name);
      if (first === undefined) {
        if (!optional) throw invalidArgument(`missing required header: ${wireName}`);
        continue;
      }
      target[key] = list ? headers.all(name).map(decodeOne) : decodeOne(first);
    }
  };
}

const VISIBLE = /^[\t\x20-\x7e]*$/;

/** The text of a value in a header. Throws `invalid_argument` for what has none. */
export function headerValue(value: unknown): string {
  switch (typeof value) {
    case "string":
      if (!VISIBLE.test(value)) throw invalidArgument("unable to convert string to header value");
      return value;
    case "number":
      if (!Number.isFinite(value)) throw internalError(`the number ${value} has no form as header`);
      return String(value);
    case "boolean":
    case "bigint":
      return String(value);
    default:
      if (value === null) return "null";
      if (value instanceof Date) return formatDateTimeWithOffset(value);
      if (typeof value === "object" && isDecimal(value)) return String(value.value);
      throw invalidArgument("map type unsupported as header value");
  }
}

/** Appends the header fields of a payload to `headers`, as name and value pairs. `required`: absent fields are an error. */
export function encodeHeaders(
  fields: NamedField[],
  payload: Record<string, unknown> | null | undefined,
  headers: string[],
  required: boolean,
): void {
  if (fields.length === 0) return;
  if (!payload) throw invalidArgument("missing header parameters");
  for (const { name, field } of fields) {
    const value = payload[field.name];
    if (value === undefined) {
      if (required && !field.optional) throw invalidArgument(`missing header parameter: ${field.name}`);
      continue;
    }
    if (Array.isArray(value)) for (const item of value) headers.push(name, headerValue(item));
    else headers.push(name, headerValue(value));
  }
}
