import { isDecimal } from "../decimal.js";
import { BUILT_IN_TYPES } from "./decode.js";

/** No text that Postgres takes may contain it: a statement with it fails before it does anything. */
const REFUSED = "\0";

/** A parameter on its way to Postgres; its text form depends on the type that the server infers for it. */
export class Parameter {
  /** Why it cannot be sent. Not thrown: the driver loses track of its statements when encoding throws. */
  failure: Error | undefined;

  /** `elements`: array types that are not built in, with the type of their elements. */
  constructor(
    private readonly value: unknown,
    private readonly elements: ReadonlyMap<number, number>,
  ) {}

  encode(oid: number): string {
    try {
      return encode(oid, this.value, this.elements);
    } catch (error) {
      this.failure = error as Error;
      return REFUSED;
    }
  }
}

const { oid: TEXT } = BUILT_IN_TYPES.text;
const INTEGER_RANGE = new Map<number, [bigint, bigint]>([
  [BUILT_IN_TYPES.int2.oid, [-(2n ** 15n), 2n ** 15n - 1n]],
  [BUILT_IN_TYPES.int4.oid, [-(2n ** 31n), 2n ** 31n - 1n]],
  [BUILT_IN_TYPES.int8.oid, [-(2n ** 63n), 2n ** 63n - 1n]],
  [BUILT_IN_TYPES.oid.oid, [0n, 2n ** 32n - 1n]],
]);
const FLOATS = new Set<number>([BUILT_IN_TYPES.float4.oid, BUILT_IN_TYPES.float8.oid]);
const TEXTS = new Set<number>([TEXT, BUILT_IN_TYPES.varchar.oid, BUILT_IN_TYPES.bpchar.oid]);
const JSONS = new Set<number>([BUILT_IN_TYPES.json.oid, BUILT_IN_TYPES.jsonb.oid]);
const NAMES = new Map<number, string>(Object.entries(BUILT_IN_TYPES).map(([name, type]) => [type.oid, name]));
const ELEMENTS = new Map<number, number>(Object.values(BUILT_IN_TYPES).map((type) => [type.array, type.oid]));

/**
 * The text form of a parameter for the type the server asks for. Strict where
 * the official driver is: a string is no integer. Types it does not know are
 * left to the server to check.
 */
function encode(oid: number, value: unknown, elements: ReadonlyMap<number, number>): string {
  if (JSONS.has(oid)) return jsonText(value);
  const element = Array.isArray(value) ? (ELEMENTS.get(oid) ?? elements.get(oid)) : undefined;
  if (element !== undefined) return encodeArray(element, value as unknown[], elements);
  switch (typeof value) {
    case "string":
      return encodeString(oid, value);
    case "number":
      return encodeNumber(oid, value);
    case "bigint":
      return encodeExact(oid, value.toString(), "bigint");
    case "boolean":
      if (oid === BUILT_IN_TYPES.bool.oid || TEXTS.has(oid) || !NAMES.has(oid)) return String(value);
      return refuse("bool", oid);
    case "object":
      return encodeObject(oid, value as object);
    default:
      return refuse(typeof value, oid);
  }
}

function refuse(kind: string, oid: number): never {
  throw new Error(`${kind} not supported for column of type ${NAMES.get(oid) ?? oid}`);
}

function encodeString(oid: number, value: string): string {
  if (oid === BUILT_IN_TYPES.bytea.oid) return bytea(Buffer.from(value, "utf8"));
  if (INTEGER_RANGE.has(oid) || FLOATS.has(oid) || oid === BUILT_IN_TYPES.bool.oid)
    return refuse("string", oid);
  if (value.includes("\0"))
    throw new Error("a text parameter contains a zero byte, which Postgres does not store");
  return value;
}

function encodeNumber(oid: number, value: number): string {
  const range = INTEGER_RANGE.get(oid);
  if (range !== undefined) {
    if (!Number.isInteger(value) || BigInt(value) < range[0] || BigInt(value) > range[1])
      throw new Error(`number ${value} is not an ${NAMES.get(oid)}`);
    return BigInt(value).toString();
  }
  if (FLOATS.has(oid)) return String(value);
  if (!Number.isFinite(value))
    throw new Error(`number ${value} not supported for column of type ${NAMES.get(oid) ?? oid}`);
  if (oid === BUILT_IN_TYPES.numeric.oid || TEXTS.has(oid) || !NAMES.has(oid)) return String(value);
  return refuse("number", oid);
}

/** Decimal objects and bigints: exact, so an integer column takes them only without a fraction. */
function encodeExact(oid: number, digits: string, kind: string): string {
  const range = INTEGER_RANGE.get(oid);
  if (range !== undefined) {
    if (!/^-?\d+$/.test(digits) || BigInt(digits) < range[0] || BigInt(digits) > range[1])
      throw new Error(`Cannot convert ${kind} ${digits} to ${NAMES.get(oid)}`);
    return digits;
  }
  if (oid === BUILT_IN_TYPES.numeric.oid || FLOATS.has(oid) || TEXTS.has(oid) || !NAMES.has(oid))
    return digits;
  return refuse(kind, oid);
}

function encodeObject(oid: number, value: object): string {
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw new Error("an invalid Date cannot be a parameter");
    const iso = isoText(value);
    if (oid === BUILT_IN_TYPES.date.oid) return iso.replace(/T[^ ]*/, "");
    if (
      oid === BUILT_IN_TYPES.timestamp.oid ||
      oid === BUILT_IN_TYPES.timestamptz.oid ||
      TEXTS.has(oid) ||
      !NAMES.has(oid)
    )
      return iso;
    return refuse("DateTime", oid);
  }
  if (isDecimal(value)) return encodeExact(oid, value.value, "Decimal");
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    if (oid === BUILT_IN_TYPES.bytea.oid || !NAMES.has(oid)) return bytea(asBuffer(value));
    return refuse("bytes", oid);
  }
  // An array for a type that is none: pgvector's `[1,2,3]` has the form of JSON.
  if (Array.isArray(value) && !NAMES.has(oid)) return JSON.stringify(value);
  return refuse(Array.isArray(value) ? "array" : "object", oid);
}

/** Postgres knows neither signed nor six-digit years: years before 1 are written with BC. */
function isoText(value: Date): string {
  const year = value.getUTCFullYear();
  const rest = value.toISOString().replace(/^[+-]?\d+/, "");
  return year > 0
    ? `${String(year).padStart(4, "0")}${rest}`
    : `${String(1 - year).padStart(4, "0")}${rest} BC`;
}

function asBuffer(value: ArrayBufferView | ArrayBuffer): Buffer {
  return value instanceof ArrayBuffer
    ? Buffer.from(value)
    : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

function bytea(value: Buffer): string {
  return `\\x${value.toString("hex")}`;
}

function encodeArray(element: number, values: unknown[], elements: ReadonlyMap<number, number>): string {
  const parts = values.map((value) => {
    if (value === null || value === undefined) return "NULL";
    if (Array.isArray(value) && !JSONS.has(element)) return encodeArray(element, value, elements);
    return `"${encode(element, value, elements).replace(/[\\"]/g, "\\$&")}"`;
  });
  return `{${parts.join(",")}}`;
}

/** JSON as the official runtime writes it: Decimal and bigint as text, bytes as the object they are. */
function jsonText(value: unknown): string {
  const text = JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === "bigint") return inner.toString();
    if (typeof inner === "function" || typeof inner === "symbol")
      throw new Error(`a ${typeof inner} cannot be part of a JSON parameter`);
    return typeof inner === "object" && inner !== null && isDecimal(inner) ? inner.value : inner;
  });
  if (text === undefined) throw new Error(`${typeof value} cannot be a JSON parameter`);
  return text;
}
