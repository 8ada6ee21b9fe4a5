import { describe, expect, it } from "vitest";
import { checkExpression } from "./check.js";
import { compileEvaluator } from "./evaluate.js";
import {
  ExpressionError,
  ExpressionProblem,
  positionOf,
  type RecordField,
  type Value,
} from "./expression.js";
import { isoText } from "./instants.js";

const fields: RecordField[] = [
  { name: "name", type: "string" },
  { name: "n", type: "int" },
  { name: "d", type: "double" },
  { name: "ok", type: "bool" },
  { name: "at", type: "timestamp" },
  { name: "First name", type: "string" },
];

type Row = Partial<Record<"name" | "n" | "d" | "ok" | "at" | "First name", Value>>;

function evaluate(source: string, row: Row = {}): Value {
  const expr = checkExpression(source, fields);
  const value = compileEvaluator(expr)(fields.map((field) => row[field.name as keyof Row] ?? null));
  return expr.type === "timestamp" && typeof value === "bigint" ? isoText(value) : value;
}

function problemOf(source: string): { code: string; line: number; column: number } {
  try {
    checkExpression(source, fields);
  } catch (error) {
    if (!(error instanceof ExpressionProblem)) throw error;
    const { line, column } = positionOf(source, error.at);
    return { code: error.code, line, column };
  }
  throw new Error(`${source} was accepted`);
}

describe("an expression", () => {
  it.each<[string, Row, Value]>([
    ["1 + 2 * 3", {}, 7n],
    ["-7 / 2", {}, -3n],
    ["-7 % 2", {}, -1n],
    ["1 + 0.5", {}, 1.5],
    ['"a" + "b"', {}, "ab"],
    ['record["First name"] + "!"', { "First name": "Ann" }, "Ann!"],
    ["record.n > 1 ? record.name : null", { n: 2n, name: "x" }, "x"],
    ['upper(trim("  straße ")).replace("SS", "ß")', {}, "STRAßE"],
    ['"😀bc".substring(1)', {}, "bc"],
    ['size("😀bc")', {}, 3n],
    ['"a,b".split(",", 1)', {}, "b"],
    ['"a,b".split(",", 2)', {}, null],
    ['concat("a", null, 1, true, 1.5)', {}, "a1true1.5"],
    ['joinText(", ", "a", "", null, "b")', {}, "a, b"],
    ['coalesce(record.name, "none")', {}, "none"],
    ['toInt(" 42 ")', {}, 42n],
    ['tryInt("4 2")', {}, null],
    ['toNumber("-1.5e2")', {}, -150],
    ["round(2.5)", {}, 3],
    ["round(-2.345, 2)", {}, -2.35],
    ["round(1000000000000.125, 2)", {}, 1000000000000.12],
    ["int(-1.9)", {}, -1n],
    ["string(1e21 * 1.0)", {}, "1e+21"],
    ["string(0.00001)", {}, "1e-05"],
    ["string(123456.5)", {}, "123456.5"],
    ['parseDate("31.12.2024", "DD.MM.YYYY")', {}, "2024-12-31T00:00:00Z"],
    ['tryParseDate("30.02.2024", "DD.MM.YYYY")', {}, null],
    ['formatDate(timestamp("2024-01-02T03:04:05+02:00"), "YYYY/MM/DD HH:mm")', {}, "2024/01/02 01:04"],
    ['string(addDays(timestamp("2024-02-28"), 1))', {}, "2024-02-29T00:00:00Z"],
    ['year(timestamp("1969-12-31T23:59:59.5Z"))', {}, 1969n],
    ['daysBetween(timestamp("2024-01-02"), timestamp("2024-01-01T12:00:00Z"))', {}, -1n],
    ['normalizeEmail(" Ann@X.ORG ")', {}, "ann@x.org"],
    ['normalizeEmail("no address")', {}, null],
    ['normalizePhone("(030) 123-4567", "49")', {}, "+49301234567"],
    ['normalizePhone("8 (912) 345-67-89", "7")', {}, "+79123456789"],
    ['normalizePhone("0049 30 1234567")', {}, "+49301234567"],
  ])("%s with %o is %o", (source, row, value) => {
    expect(evaluate(source, row)).toEqual(value);
  });

  it.each<[string, Row, Value]>([
    ["record.n + 1", {}, null],
    ["upper(record.name)", {}, null],
    ["record.n == 1", {}, null],
    ["record.n == null", {}, true],
    ["record.n != null", { n: 1n }, true],
    ["has(record.n)", {}, false],
    ["record.ok && false", {}, false],
    ["record.ok || true", {}, true],
    ["record.ok && true", {}, null],
    ["!record.ok", {}, null],
    ["record.ok ? 1 : 2", {}, 2n],
    ["record.n in [1, 2]", {}, null],
    ["1 in [record.n, 1]", {}, true],
    ["record.n == 1 / 0", {}, null],
    ["1 / 0 == record.n", {}, null],
    ['substring(record.name, 1 / 0, toInt("x"))', {}, null],
    ["1 in [1 / 0, 1]", {}, true],
    ["record.n in [1 / 0]", {}, null],
    ["2 in [record.n, 1]", {}, null],
  ])("treats null as SQL does: %s with %o is %o", (source, row, value) => {
    expect(evaluate(source, row)).toEqual(value);
  });

  it.each([
    "1 / record.n",
    "9223372036854775807 + record.n + 1",
    'toInt("x")',
    "record.d / 0.0",
    'timestamp("2024-02-30")',
    'addDays(timestamp("9999-12-31"), 1)',
    `replace("${"a".repeat(1_500)}", "a", "${"a".repeat(1_500)}")`,
  ])("fails on a record instead of guessing: %s", (source) => {
    expect(() => evaluate(source, { n: 0n, d: 1 })).toThrow(ExpressionError);
  });

  it("lets a decisive side of && and || outweigh an error", () => {
    expect(evaluate("1 / record.n == 1 && false", { n: 0n })).toBe(false);
    expect(evaluate("true || 1 / record.n == 1", { n: 0n })).toBe(true);
    expect(() => evaluate("1 / record.n == 1 && true", { n: 0n })).toThrow(ExpressionError);
  });

  it.each<[string, string, number, number]>([
    ["", "expression_syntax", 1, 1],
    ["record.name +", "expression_syntax", 1, 14],
    ['"open', "expression_syntax", 1, 1],
    ["record.nam", "unknown_field", 1, 1],
    ["1 +\n record.x", "unknown_field", 2, 2],
    ["name", "unknown_field", 1, 1],
    ["record.name + 1", "expression_type", 1, 1],
    ["nope(1)", "expression_type", 1, 1],
    ['record.name ? "a" : "b"', "expression_type", 1, 1],
    ["record.ok ? 1 : true", "expression_type", 1, 1],
    ['formatDate(record.at, "YYYY QQ")', "expression_type", 1, 1],
    ["9223372036854775808", "expression_type", 1, 1],
    ["[1, 2]", "expression_unsupported", 1, 1],
    ['record.name.matches("(a+)+$")', "expression_type", 1, 1],
    [`${"(".repeat(100)}1${")".repeat(100)}`, "expression_syntax", 1, 61],
    [Array(600).fill("1").join("+"), "expression_syntax", 1, 500],
  ])("is refused with its position: %s", (source, code, line, column) => {
    const problem = problemOf(source);
    expect(problem.code).toBe(code);
    if (source.length < 100) expect([problem.line, problem.column]).toEqual([line, column]);
  });

  it("is refused beyond 4,000 characters", () => {
    expect(problemOf(`"${"x".repeat(5_000)}"`).code).toBe("expression_syntax");
  });
});
