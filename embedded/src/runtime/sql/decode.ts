import { createDecimal } from "../decimal.js";

/** Turns the text form of a column into the value that app code sees. */
export type Decoder = (text: string) => unknown;

const number: Decoder = (text) => Number(text);

/** As JSON has no NaN or infinity, they arrive as null. */
const float8: Decoder = (text) => {
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
};

const float4: Decoder = (text) => {
  const value = Number(text);
  return Number.isFinite(value) ? Math.fround(value) : null;
};

const TIMESTAMP =
  /^(\d{4,})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:([+-])(\d\d)(?::?(\d\d))?(?::?(\d\d))?)?( BC)?$/;

/** Text of a timestamp in Postgres' ISO style; without an offset it is UTC. */
function timestamp(text: string): Date {
  const match = TIMESTAMP.exec(text);
  if (match === null) throw new Error(`the timestamp ${text} has no counterpart in JavaScript`);
  const [, year, month, day, hour, minute, second, fraction = "", sign, offHour, offMinute, offSecond, bc] =
    match;
  const date = new Date(0);
  date.setUTCFullYear(bc ? 1 - Number(year) : Number(year), Number(month) - 1, Number(day));
  date.setUTCHours(Number(hour), Number(minute), Number(second), Number(fraction.padEnd(3, "0").slice(0, 3)));
  if (sign === undefined) return date;
  const offset = Number(offHour) * 3600 + Number(offMinute ?? 0) * 60 + Number(offSecond ?? 0);
  return new Date(date.getTime() - (sign === "-" ? -offset : offset) * 1000);
}

/** Fractions of a second have three or six digits. */
const time: Decoder = (text) => {
  const [whole, fraction] = text.split(".");
  return fraction === undefined ? text : `${whole}.${fraction.padEnd(fraction.length > 3 ? 6 : 3, "0")}`;
};

function bytes(text: string): ArrayBuffer {
  const source = Buffer.from(text.slice(2), "hex");
  const copy = new ArrayBuffer(source.length);
  new Uint8Array(copy).set(source);
  return copy;
}

/** A network of one address is written as the address. */
const cidr: Decoder = (text) => text.replace(text.includes(":") ? /\/128$/ : /\/32$/, "");

/** `[1,2,3]` of pgvector. */
const vector: Decoder = (text) => JSON.parse(text.replace(/\bNaN\b|-?\bInfinity\b/g, "null"));

const text: Decoder = (value) => value;
const json: Decoder = (value) => JSON.parse(value);

/** Postgres' fixed type numbers (pg_type), with the number of the array type. */
export const BUILT_IN_TYPES = {
  bool: { oid: 16, array: 1000, decode: (value: string) => value === "t" },
  bytea: { oid: 17, array: 1001, decode: bytes },
  name: { oid: 19, array: 1003, decode: text },
  int8: { oid: 20, array: 1016, decode: number },
  int2: { oid: 21, array: 1005, decode: number },
  int4: { oid: 23, array: 1007, decode: number },
  text: { oid: 25, array: 1009, decode: text },
  oid: { oid: 26, array: 1028, decode: number },
  json: { oid: 114, array: 199, decode: json },
  cidr: { oid: 650, array: 651, decode: cidr },
  float4: { oid: 700, array: 1021, decode: float4 },
  float8: { oid: 701, array: 1022, decode: float8 },
  inet: { oid: 869, array: 1041, decode: text },
  bpchar: { oid: 1042, array: 1014, decode: text },
  varchar: { oid: 1043, array: 1015, decode: text },
  date: { oid: 1082, array: 1182, decode: text },
  time: { oid: 1083, array: 1183, decode: time },
  timestamp: { oid: 1114, array: 1115, decode: timestamp },
  timestamptz: { oid: 1184, array: 1185, decode: timestamp },
  numeric: { oid: 1700, array: 1231, decode: createDecimal },
  uuid: { oid: 2950, array: 2951, decode: text },
  jsonb: { oid: 3802, array: 3807, decode: json },
} satisfies Record<string, { oid: number; array: number; decode: Decoder }>;

/** Decoders of types that extensions define: they have another number in each database. */
export const EXTENSION_TYPES: Record<string, Decoder> = { vector };
