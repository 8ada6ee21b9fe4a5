import type { Field } from "../../model/app-model.js";
import { invalidArgument } from "../errors.js";
import { setField, type Types } from "./decode.js";
import { failAt, INVALID, lastFailure } from "./failure.js";
import { compileTextDecoder, type TextDecoder } from "./text-value.js";
import { writeJson } from "./write-json.js";

/** Reads the fields of a query string into `target`. Throws `invalid_argument`. */
export type QueryDecoder = (query: string, target: Record<string, unknown>) => void;

/** The pairs of a query string, decoded as forms are. Bytes that are not UTF-8 become replacement characters. */
export function parseQuery(query: string): [string, string][] {
  const pairs: [string, string][] = [];
  if (query === "") return pairs;
  for (const part of query.split("&")) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    if (equals < 0) pairs.push([decodeForm(part), ""]);
    else pairs.push([decodeForm(part.slice(0, equals)), decodeForm(part.slice(equals + 1))]);
  }
  return pairs;
}

function decodeForm(text: string): string {
  const spaced = text.includes("+") ? text.replaceAll("+", " ") : text;
  if (!spaced.includes("%")) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return percentDecode(spaced).toString("utf8");
  }
}

/** The bytes of a text with percent escapes; escapes that are not hexadecimal stay as they are. */
export function percentDecode(text: string): Buffer {
  const source = Buffer.from(text, "utf8");
  const bytes: number[] = [];
  for (let i = 0; i < source.length; i++) {
    const hex = source[i] === 0x25 ? source.toString("latin1", i + 1, i + 3) : "";
    if (/^[0-9a-fA-F]{2}$/.test(hex)) {
      bytes.push(Number.parseInt(hex, 16));
      i += 2;
    } else bytes.push(source[i] as number);
  }
  return Buffer.from(bytes);
}

/** Compiles the fields that travel in the query string. Repeated keys make a list, and only a list. */
export function compileQueryDecoder(fields: Field[], types: Types): QueryDecoder {
  const decoders = new Map<string, TextDecoder>();
  for (const field of fields) decoders.set(field.name, compileTextDecoder(field.type, types, "query"));
  const required = fields.filter((field) => !field.optional).map((field) => field.name);
  return (query, target) => {
    for (const [key, text] of parseQuery(query)) {
      const decode = decoders.get(key);
      if (!decode) continue;
      const value = decode(text);
      if (value === INVALID) {
        failAt(key);
        throw invalidArgument(`unable to decode query string: ${lastFailure()}`);
      }
      if (!Object.hasOwn(target, key)) {
        setField(target, key, value);
        continue;
      }
      const known = target[key];
      if (!Array.isArray(known) || !Array.isArray(value)) {
        throw invalidArgument(`unable to decode query string: duplicate field ${key}`);
      }
      known.push(...value);
    }
    for (const name of required) {
      if (!Object.hasOwn(target, name))
        throw invalidArgument(`unable to decode query string: missing field ${name}`);
    }
  };
}

/** Writes fields as a query string: a list as repeated keys, absent fields not at all. */
export function encodeQuery(fields: Field[], payload: Record<string, unknown>): string {
  const query = new URLSearchParams();
  for (const { name } of fields) {
    const value = payload[name];
    if (value === undefined) continue;
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item !== null) query.append(name, textOf(item));
    }
  }
  return query.toString();
}

function textOf(value: unknown): string {
  const json = writeJson(value);
  return json.startsWith('"') ? (JSON.parse(json) as string) : json;
}
