import { define, type FunctionDefinition, finite, int64, raiseSql } from "./define.js";
import { ExpressionError, type SqlScope } from "./expression.js";
import { whiteSpace } from "./text-functions.js";

const integerPattern = "^[+-]?[0-9]{1,19}$";
const numberPattern = "^[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]{1,3})?$";
const integer = new RegExp(integerPattern);
const number = new RegExp(numberPattern);

function readInt(text: string): bigint | null {
  const trimmed = text.trim();
  if (!integer.test(trimmed)) return null;
  const value = BigInt(trimmed.replace(/^\+/, ""));
  return BigInt.asIntN(64, value) === value ? value : null;
}

function readNumber(text: string): number | null {
  const trimmed = text.trim();
  if (!number.test(trimmed)) return null;
  const value = Number(trimmed);
  return Number.isFinite(value) ? value : null;
}

function required<T>(value: T | null, text: string, wanted: string): T {
  if (value === null) throw new ExpressionError(`${JSON.stringify(text.slice(0, 100))} is not ${wanted}.`);
  return value;
}

/** `fallback` is what a text of another shape gives: SQL that raises, or null. A number out of range always raises. */
function readSql(text: string, pattern: string, type: string, fallback: string, scope: SqlScope): string {
  const trimmed = `btrim(${text}, ${scope.text(whiteSpace)})`;
  return `(CASE WHEN ${trimmed} ~ ${scope.text(pattern)} THEN (${trimmed})::${type} WHEN ${text} IS NOT NULL THEN ${fallback} END)`;
}

/**
 * Shortest decimal text that reads back as the same double, in the form that Postgres prints: with an exponent
 * of at least two digits below 1e-4 and from 1e15 on.
 */
export function doubleText(value: number): string {
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 1e-4 && size < 1e15) return String(value);
  const [mantissa = "", exponentText = "0"] = value.toExponential().split("e");
  const exponent = Number(exponentText);
  const sign = exponent < 0 ? "-" : "+";
  return `${mantissa}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

/** The 15 significant digits that Postgres takes when it makes a numeric of a double: ties go to the even digit. */
function significant(value: number): { units: bigint; exponent: number } {
  const [mantissa = "", exponent = "0"] = Math.abs(value).toExponential(17).split("e");
  if (mantissa.slice(16) !== "500") return digitsOf(Math.abs(value).toExponential(14));
  const exact = Math.abs(value).toExponential(100).split("e")[0]!.replace(".", "");
  const tie = /^50*$/.test(exact.slice(15));
  const units = BigInt(exact.slice(0, 15));
  if (tie && units % 2n === 0n) return { units, exponent: Number(exponent) };
  return digitsOf(Math.abs(value).toExponential(14));
}

function digitsOf(exponential: string): { units: bigint; exponent: number } {
  const [mantissa = "", exponent = "0"] = exponential.split("e");
  return { units: BigInt(mantissa.replace(".", "")), exponent: Number(exponent) };
}

/** Rounds half away from zero at `digits` decimals, as Postgres rounds the numeric that it makes of a double. */
export function roundDouble(value: number, digits: number): number {
  if (value === 0) return 0;
  const { units, exponent } = significant(value);
  const sign = value < 0 ? "-" : "";
  const drop = 14 - exponent - digits;
  if (drop <= 0) return Number(`${sign}${units}e${exponent - 14}`);
  if (drop > 15) return 0;
  const scale = 10n ** BigInt(drop);
  const rounded = (units + scale / 2n) / scale;
  return rounded === 0n ? 0 : Number(`${sign}${rounded}e${-digits}`);
}

const maxDigits = 15n;

function checkedDigits(digits: bigint): number {
  if (digits < 0n || digits > maxDigits)
    throw new ExpressionError(`Decimals must be 0 to ${maxDigits}, not ${digits}.`);
  return Number(digits);
}

function truncated(value: number): bigint {
  finite(value);
  return int64(BigInt(Math.trunc(value)));
}

/** Numbers, and conversions from and to them. */
export const numberFunctions: FunctionDefinition[] = [
  ...["int", "toInt"].flatMap((name) => [
    define({
      name,
      params: ["string"],
      result: "int",
      evaluate: (s) => required(readInt(s), s, "an integer"),
      sql: ([s], scope) => readSql(s, integerPattern, "bigint", raiseSql("int", s), scope),
    }),
    define({ name, params: ["int"], result: "int", evaluate: (n) => n, sql: ([n]) => n }),
    define({
      name,
      params: ["double"],
      result: "int",
      evaluate: truncated,
      sql: ([n]) => `trunc(${n})::bigint`,
    }),
  ]),
  ...["double", "toNumber"].flatMap((name) => [
    define({
      name,
      params: ["string"],
      result: "double",
      evaluate: (s) => required(readNumber(s), s, "a number"),
      sql: ([s], scope) => readSql(s, numberPattern, "double precision", raiseSql("double", s), scope),
    }),
    define({
      name,
      params: ["int"],
      result: "double",
      evaluate: (n) => Number(n),
      sql: ([n]) => `(${n})::double precision`,
    }),
    define({ name, params: ["double"], result: "double", evaluate: (n) => n, sql: ([n]) => n }),
  ]),
  define({
    name: "tryInt",
    params: ["string"],
    result: "int",
    evaluate: readInt,
    sql: ([s], scope) => readSql(s, integerPattern, "bigint", "NULL", scope),
  }),
  define({
    name: "tryNumber",
    params: ["string"],
    result: "double",
    evaluate: readNumber,
    sql: ([s], scope) => readSql(s, numberPattern, "double precision", "NULL", scope),
  }),
  define({ name: "string", params: ["string"], result: "string", evaluate: (s) => s, sql: ([s]) => s }),
  define({
    name: "string",
    params: ["int"],
    result: "string",
    evaluate: (n) => String(n),
    sql: ([n]) => `(${n})::text`,
  }),
  define({
    name: "string",
    params: ["double"],
    result: "string",
    evaluate: doubleText,
    sql: ([n]) => `(${n})::text`,
  }),
  define({
    name: "string",
    params: ["bool"],
    result: "string",
    evaluate: (b) => String(b),
    sql: ([b]) => `(${b})::text`,
  }),
  define({
    name: "round",
    params: ["double"],
    result: "double",
    evaluate: (n) => roundDouble(n, 0),
    sql: ([n]) => `round((${n})::numeric)::double precision`,
  }),
  define({
    name: "round",
    params: ["double", "int"],
    result: "double",
    evaluate: (n, digits) => roundDouble(n, checkedDigits(digits)),
    sql: ([n, digits]) =>
      `round((${n})::numeric, (CASE WHEN ${digits} BETWEEN 0 AND ${maxDigits} THEN ${digits} WHEN ${digits} IS NOT NULL ` +
      `THEN ${raiseSql("int", digits)} END)::integer)::double precision`,
  }),
  define({
    name: "floor",
    params: ["double"],
    result: "double",
    evaluate: Math.floor,
    sql: ([n]) => `floor(${n})`,
  }),
  define({
    name: "ceil",
    params: ["double"],
    result: "double",
    evaluate: Math.ceil,
    sql: ([n]) => `ceil(${n})`,
  }),
  define({
    name: "abs",
    params: ["int"],
    result: "int",
    evaluate: (n) => int64(n < 0n ? -n : n),
    sql: ([n]) => `abs(${n})`,
  }),
  define({
    name: "abs",
    params: ["double"],
    result: "double",
    evaluate: Math.abs,
    sql: ([n]) => `abs(${n})`,
  }),
];
