import { type DatePattern, formatInstant, parsePattern, readInstant } from "./date-patterns.js";
import { define, type FunctionDefinition, raiseSql } from "./define.js";
import { ExpressionError, type Overload, type SqlScope } from "./expression.js";
import {
  addDays,
  daysBetween,
  type InstantParts,
  isoText,
  partsOf,
  readIso,
  startOfDay,
} from "./instants.js";

const isoPattern =
  "^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])?)?$";
const zonedPattern = "(Z|[+-][0-9]{2}:[0-9]{2})$";

const utc = (instant: string) => `((${instant}) AT TIME ZONE 'UTC')`;

/** SQL that raises outside of the years 1 to 9999. */
function inRangeSql(instant: string): string {
  return (
    `(CASE WHEN ${instant} >= '0001-01-01T00:00:00Z'::timestamptz AND ${instant} < '10000-01-01T00:00:00Z'::timestamptz ` +
    `THEN ${instant} WHEN ${instant} IS NOT NULL THEN ${raiseSql("timestamp", instant)} END)`
  );
}

function timestampSql(text: string, scope: SqlScope): string {
  const read = `(CASE WHEN ${text} ~ ${scope.text(zonedPattern)} THEN (${text})::timestamptz ELSE ((${text})::timestamp AT TIME ZONE 'UTC') END)`;
  return (
    `(CASE WHEN ${text} ~ ${scope.text(isoPattern)} THEN ${inRangeSql(read)} ` +
    `WHEN ${text} IS NOT NULL THEN ${raiseSql("timestamp", text)} END)`
  );
}

function part(name: string, key: keyof InstantParts): FunctionDefinition {
  return define({
    name,
    params: ["timestamp"],
    result: "int",
    evaluate: (t) => BigInt(partsOf(t)[key]),
    sql: ([t]) => `floor(extract(${name} from ${utc(t)}))::bigint`,
  });
}

/** Dates and times, always in UTC. */
export const dateFunctions: FunctionDefinition[] = [
  define({
    name: "timestamp",
    params: ["string"],
    result: "timestamp",
    evaluate: (s) => {
      const instant = readIso(s);
      if (instant === null)
        throw new ExpressionError(`${JSON.stringify(s.slice(0, 100))} is not an ISO 8601 date or time.`);
      return instant;
    },
    sql: ([s], scope) => timestampSql(s, scope),
  }),
  define({
    name: "string",
    params: ["timestamp"],
    result: "string",
    evaluate: isoText,
    sql: ([t]) =>
      `(to_char(${utc(t)}, 'YYYY-MM-DD"T"HH24:MI:SS') || rtrim(rtrim(to_char(${utc(t)}, '.US'), '0'), '.') || 'Z')`,
  }),
  part("year", "year"),
  part("month", "month"),
  part("day", "day"),
  part("hour", "hour"),
  part("minute", "minute"),
  part("second", "second"),
  define({
    name: "startOfDay",
    params: ["timestamp"],
    result: "timestamp",
    evaluate: startOfDay,
    sql: ([t]) => `(date_trunc('day', ${utc(t)}) AT TIME ZONE 'UTC')`,
  }),
  define({
    name: "addDays",
    params: ["timestamp", "int"],
    result: "timestamp",
    evaluate: addDays,
    sql: ([t, days]) =>
      inRangeSql(`((${utc(t)} + make_interval(days => (${days})::integer)) AT TIME ZONE 'UTC')`),
  }),
  define({
    name: "daysBetween",
    params: ["timestamp", "timestamp"],
    result: "int",
    evaluate: daysBetween,
    sql: ([from, to]) => `floor(extract(epoch from (${to} - ${from})) / 86400)::bigint`,
  }),
];

/** `formatDate(t, pattern)`: the overload for one literal pattern, or what is wrong with the pattern. */
export function formatDateOverload(patternText: string): Overload | { problem: string } {
  const pattern = parsePattern(patternText);
  if ("problem" in pattern) return pattern;
  return define({
    name: "formatDate",
    params: ["timestamp"],
    result: "string",
    evaluate: (t) => formatInstant(t, pattern),
    sql: ([t], scope) => `(${formatPieces(pattern, t, scope).join(" || ")})`,
  }).overload;
}

function formatPieces(pattern: DatePattern, instant: string, scope: SqlScope): string[] {
  return pattern.pieces.map((piece) =>
    "token" in piece ? `to_char(${utc(instant)}, '${piece.token.toChar}')` : scope.text(piece.literal),
  );
}

/** `parseDate(s, pattern)` and `tryParseDate(s, pattern)`, which gives null where the text does not fit. */
export function parseDateOverload(patternText: string, strict: boolean): Overload | { problem: string } {
  const pattern = parsePattern(patternText);
  if ("problem" in pattern) return pattern;
  return define({
    name: strict ? "parseDate" : "tryParseDate",
    params: ["string"],
    result: "timestamp",
    evaluate: (s) => {
      const instant = readInstant(s, pattern);
      if (instant === null && strict) {
        throw new ExpressionError(
          `${JSON.stringify(s.slice(0, 100))} is not a date in the pattern ${patternText}.`,
        );
      }
      return instant;
    },
    sql: ([s], scope) => {
      const misfit = strict ? `WHEN ${s} IS NOT NULL THEN ${raiseSql("timestamp", s)} ` : "";
      return `(CASE WHEN ${s} ~ ${scope.text(pattern.regex)} THEN ${makeTimestamp(pattern, s)} ${misfit}END)`;
    },
  }).overload;
}

function makeTimestamp(pattern: DatePattern, text: string): string {
  const at = (part: keyof InstantParts, fallback: string): string => {
    const piece = pattern.pieces.findLast(
      (candidate) => "token" in candidate && candidate.token.part === part,
    );
    if (!piece || !("token" in piece)) return fallback;
    return `substr(${text}, ${piece.offset + 1}, ${piece.token.width})::integer`;
  };
  const date = `${at("year", "1970")}, ${at("month", "1")}, ${at("day", "1")}`;
  return `make_timestamptz(${date}, ${at("hour", "0")}, ${at("minute", "0")}, ${at("second", "0")}, 'UTC')`;
}
