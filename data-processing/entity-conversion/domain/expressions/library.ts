import type { ExpressionFunction, ExpressionLimits } from "../../expression-types.js";
import { maxTextLength } from "./define.js";
import { maxWork } from "./evaluate.js";
import { functionNames, overloadsOf } from "./functions.js";
import { maxLength, structureLimits } from "./parse.js";

/** What a function gives, and an example with its result as a literal. */
interface FunctionText {
  description: string;
  example: string;
  result: string;
  /** For functions of any number or type of arguments. */
  signatures?: string[];
}

const text = (description: string, example: string, result: string, signatures?: string[]): FunctionText => ({
  description,
  example,
  result,
  ...(signatures && { signatures }),
});

const texts: Record<string, FunctionText> = {
  upper: text("Upper case, of any script.", 'upper("straße")', '"STRASSE"'),
  lower: text("Lower case, of any script.", 'lower("ÀÉ")', '"àé"'),
  trim: text("Without white space at both ends.", 'trim("  a b ")', '"a b"'),
  size: text("Number of characters.", 'size("Grüße")', "5"),
  contains: text("Whether the text holds the other one.", 'contains("order-7", "-")', "true"),
  startsWith: text("Whether the text begins with the other one.", 'startsWith("order-7", "order")', "true"),
  endsWith: text("Whether the text ends with the other one.", 'endsWith("order-7", "8")', "false"),
  replace: text(
    "Every occurrence of the second text replaced by the third.",
    'replace("1.000.000", ".", "")',
    '"1000000"',
  ),
  substring: text(
    "Characters from a place, counted from 0, to before another; places beyond the text are cut to it.",
    'substring("2024-05-06", 0, 4)',
    '"2024"',
  ),
  split: text(
    "The part at a place, counted from 0; null where there is none.",
    'split("Ann Lee", " ", 1)',
    '"Lee"',
  ),
  concat: text("Everything as one text; nulls are left out.", 'concat("A", 7, null, true)', '"A7true"', [
    "concat(any, …): string",
  ]),
  joinText: text(
    "The arguments joined by the separator, a literal text; nulls and empty texts are left out.",
    'joinText(", ", "Oak St 1", "", null, "Ely")',
    '"Oak St 1, Ely"',
    ["joinText(string, any, …): string"],
  ),
  coalesce: text("The first argument that is not null.", 'coalesce(null, "none")', '"none"', [
    "coalesce(T, …): T",
  ]),
  has: text("Whether a field is not null.", "has(record.name)", "true", ["has(record.field): bool"]),
  toInt: text(
    "The integer that a text shows, or a number cut; fails on a text that is none.",
    'toInt(" 42 ")',
    "42",
  ),
  int: text("The same as `toInt`.", "int(2.9)", "2"),
  toNumber: text("The number that a text shows; fails on a text that is none.", 'toNumber("1.5e2")', "150.0"),
  double: text("The same as `toNumber`.", "double(2)", "2.0"),
  tryInt: text("The integer that a text shows; null where it shows none.", 'tryInt("4 2")', "null"),
  tryNumber: text("The number that a text shows; null where it shows none.", 'tryNumber("n/a")', "null"),
  string: text("The text of anything; a timestamp as RFC 3339.", "string(1.50)", '"1.5"'),
  round: text("Rounded, half away from zero; with digits behind the point.", "round(2.345, 2)", "2.35"),
  floor: text("The next whole number below.", "floor(-2.5)", "-3.0"),
  ceil: text("The next whole number above.", "ceil(2.1)", "3.0"),
  abs: text("Without its sign.", "abs(-7)", "7"),
  timestamp: text(
    "The instant that an ISO 8601 date or time shows, in UTC where it names no zone; fails on a text that is none.",
    'timestamp("2024-05-06T07:08:09+02:00")',
    'timestamp("2024-05-06T05:08:09Z")',
  ),
  parseDate: text(
    "The instant that a text shows in a pattern: a literal text of `YYYY MM DD HH mm ss` and signs; fails where it does not fit.",
    'parseDate("06.05.2024", "DD.MM.YYYY")',
    'timestamp("2024-05-06")',
    ["parseDate(string, pattern): timestamp"],
  ),
  tryParseDate: text("The same; null where it does not fit.", 'tryParseDate("soon", "DD.MM.YYYY")', "null", [
    "tryParseDate(string, pattern): timestamp",
  ]),
  formatDate: text(
    "The instant in a pattern, in UTC.",
    'formatDate(timestamp("2024-05-06"), "DD.MM.YYYY")',
    '"06.05.2024"',
    ["formatDate(timestamp, pattern): string"],
  ),
  year: text("The year, in UTC.", 'year(timestamp("2024-05-06"))', "2024"),
  month: text("The month, from 1.", 'month(timestamp("2024-05-06"))', "5"),
  day: text("The day of the month, from 1.", 'day(timestamp("2024-05-06"))', "6"),
  hour: text("The hour, from 0 to 23.", 'hour(timestamp("2024-05-06T07:08:09Z"))', "7"),
  minute: text("The minute.", 'minute(timestamp("2024-05-06T07:08:09Z"))', "8"),
  second: text("The second, without its fraction.", 'second(timestamp("2024-05-06T07:08:09.5Z"))', "9"),
  startOfDay: text(
    "Midnight of its day, in UTC.",
    'startOfDay(timestamp("2024-05-06T07:08:09Z"))',
    'timestamp("2024-05-06")',
  ),
  addDays: text(
    "So many days later, or earlier.",
    'addDays(timestamp("2024-02-28"), 2)',
    'timestamp("2024-03-01")',
  ),
  daysBetween: text(
    "Whole days from one instant to the other.",
    'daysBetween(timestamp("2024-02-28"), timestamp("2024-03-01"))',
    "2",
  ),
  normalizeEmail: text(
    "Trimmed and in lower case; null where it has not the shape of an address.",
    'normalizeEmail(" Ann@Example.com ")',
    '"ann@example.com"',
  ),
  normalizePhone: text(
    "E.164; the calling code is for national numbers. Null where no such number comes out.",
    'normalizePhone("030 12 34 56", "49")',
    '"+4930123456"',
  ),
};

/** The bounds of every expression. */
export const expressionLimits: ExpressionLimits = {
  length: maxLength,
  parts: structureLimits.maxAstNodes,
  depth: structureLimits.maxDepth,
  listValues: structureLimits.maxListElements,
  callArguments: structureLimits.maxCallArguments,
  textLength: maxTextLength,
  work: maxWork,
};

/** The function library, by name. Each may be called as `f(x, y)` or `x.f(y)`. */
export function expressionFunctions(): ExpressionFunction[] {
  return functionNames().map((name) => {
    const known = texts[name];
    if (!known) throw new Error(`The function ${name} is not documented.`);
    const { signatures, ...rest } = known;
    return { name, signatures: signatures ?? signaturesOf(name), ...rest };
  });
}

function signaturesOf(name: string): string[] {
  return overloadsOf(name).map(({ params, result }) => `${name}(${params.join(", ")}): ${result}`);
}

/** The library as a table in Markdown. */
export function functionTable(): string {
  const rows = expressionFunctions().map(({ signatures, description, example, result }) => {
    const shown = signatures.map((signature) => `\`${signature}\``).join("<br>");
    return `| ${shown} | ${description} | \`${example}\` → \`${result}\` |`;
  });
  return ["| function | gives | example |", "|---|---|---|", ...rows].join("\n");
}
