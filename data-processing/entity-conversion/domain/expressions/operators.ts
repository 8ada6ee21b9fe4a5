import { define, type FunctionDefinition, finite, int64 } from "./define.js";
import { ExpressionError, type ScalarType } from "./expression.js";

/** Orders texts by code point, as Postgres does with COLLATE "C". */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const x = a.charCodeAt(at);
    const y = b.charCodeAt(at);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Surrogates, which stand for code points above U+FFFF, come after all other UTF-16 units. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

function divisor(value: bigint): bigint {
  if (value === 0n) throw new ExpressionError("Division by zero.");
  return value;
}

const arithmetic: FunctionDefinition[] = [
  define({
    name: "+",
    params: ["int", "int"],
    result: "int",
    evaluate: (a, b) => int64(a + b),
    sql: ([a, b]) => `(${a} + ${b})`,
  }),
  define({
    name: "-",
    params: ["int", "int"],
    result: "int",
    evaluate: (a, b) => int64(a - b),
    sql: ([a, b]) => `(${a} - ${b})`,
  }),
  define({
    name: "*",
    params: ["int", "int"],
    result: "int",
    evaluate: (a, b) => int64(a * b),
    sql: ([a, b]) => `(${a} * ${b})`,
  }),
  define({
    name: "/",
    params: ["int", "int"],
    result: "int",
    evaluate: (a, b) => int64(a / divisor(b)),
    sql: ([a, b]) => `(${a} / ${b})`,
  }),
  define({
    name: "%",
    params: ["int", "int"],
    result: "int",
    evaluate: (a, b) => a % divisor(b),
    sql: ([a, b]) => `(${a} % ${b})`,
  }),
  define({ name: "-", params: ["int"], result: "int", evaluate: (a) => int64(-a), sql: ([a]) => `(- ${a})` }),
  define({
    name: "+",
    params: ["double", "double"],
    result: "double",
    evaluate: (a, b) => finite(a + b),
    sql: ([a, b]) => `(${a} + ${b})`,
  }),
  define({
    name: "-",
    params: ["double", "double"],
    result: "double",
    evaluate: (a, b) => finite(a - b),
    sql: ([a, b]) => `(${a} - ${b})`,
  }),
  define({
    name: "*",
    params: ["double", "double"],
    result: "double",
    evaluate: (a, b) => finite(a * b),
    sql: ([a, b]) => `(${a} * ${b})`,
  }),
  define({
    name: "/",
    params: ["double", "double"],
    result: "double",
    evaluate: (a, b) => finite(a / b),
    sql: ([a, b]) => `(${a} / ${b})`,
  }),
  define({ name: "-", params: ["double"], result: "double", evaluate: (a) => -a, sql: ([a]) => `(- ${a})` }),
  define({
    name: "+",
    params: ["string", "string"],
    result: "string",
    evaluate: (a, b) => a + b,
    sql: ([a, b]) => `(${a} || ${b})`,
  }),
];

const order = {
  "<": (sign: number) => sign < 0,
  "<=": (sign: number) => sign <= 0,
  ">": (sign: number) => sign > 0,
  ">=": (sign: number) => sign >= 0,
} as const;

const textOrder = (Object.keys(order) as (keyof typeof order)[]).map((name) =>
  define({
    name,
    params: ["string", "string"],
    result: "bool",
    evaluate: (a, b) => order[name](compareText(a, b)),
    sql: ([a, b]) => `(${a} ${name} ${b})`,
  }),
);

const scalarOrder = (["int", "double", "timestamp"] as const).flatMap((type: ScalarType) =>
  (Object.keys(order) as (keyof typeof order)[]).map((name) =>
    define({
      name,
      params: [type, type],
      result: "bool",
      evaluate: (a, b) => order[name](a < b ? -1 : a > b ? 1 : 0),
      sql: ([a, b]) => `(${a} ${name} ${b})`,
    }),
  ),
);

const equality = (["string", "int", "double", "bool", "timestamp"] as const).flatMap((type: ScalarType) => [
  define({
    name: "==",
    params: [type, type],
    result: "bool",
    evaluate: (a, b) => a === b,
    sql: ([a, b]) => `(${a} = ${b})`,
  }),
  define({
    name: "!=",
    params: [type, type],
    result: "bool",
    evaluate: (a, b) => a !== b,
    sql: ([a, b]) => `(${a} <> ${b})`,
  }),
]);

/** Arithmetic, comparison and concatenation. Logic, `in` and the conditional are built into the language. */
export const operators: FunctionDefinition[] = [...arithmetic, ...textOrder, ...scalarOrder, ...equality];
