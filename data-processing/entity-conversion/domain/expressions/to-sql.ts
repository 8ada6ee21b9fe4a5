import { sqlTypeOf } from "./define.js";
import {
  type Expr,
  type ExprType,
  NotTranslatableError,
  type Overload,
  type SqlScope,
  type Value,
} from "./expression.js";
import { isoText } from "./instants.js";
import { doubleText } from "./number-functions.js";

const maxLength = 60_000;

/**
 * Translates a checked expression to SQL with the same meaning; texts of the user become parameters.
 *
 * Throws `NotTranslatableError` where this server has no exact equivalent.
 */
export function toSql(expr: Expr, scope: SqlScope): string {
  const sql = translate(expr, scope);
  if (sql.length > maxLength) throw new NotTranslatableError("the SQL of the expression would be too long");
  return sql;
}

function translate(expr: Expr, scope: SqlScope): string {
  switch (expr.op) {
    case "literal":
      return literal(expr.value, expr.type, scope);
    case "field":
      return scope.field(expr.index);
    case "call":
      return callSql(
        expr.overload,
        expr.args.map((arg) => translate(arg, scope)),
        scope,
      );
    case "and":
      return `(${translate(expr.left, scope)} AND ${translate(expr.right, scope)})`;
    case "or":
      return `(${translate(expr.left, scope)} OR ${translate(expr.right, scope)})`;
    case "not":
      return `(NOT ${translate(expr.value, scope)})`;
    case "if": {
      const [condition, whenTrue, whenFalse] = [expr.condition, expr.whenTrue, expr.whenFalse].map((part) =>
        translate(part, scope),
      );
      return `(CASE WHEN ${condition} THEN ${whenTrue} ELSE ${whenFalse} END)`;
    }
    case "isNull":
      return `(${translate(expr.value, scope)} IS ${expr.negated ? "NOT " : ""}NULL)`;
    case "in":
      if (expr.list.length === 0) return "false";
      return `(${translate(expr.value, scope)} IN (${expr.list.map((item) => translate(item, scope)).join(", ")}))`;
    case "coalesce":
      return `coalesce(${expr.args.map((arg) => translate(arg, scope)).join(", ")})`;
    case "join":
      return joinSql(
        expr.args.map((arg) => translate(arg, scope)),
        expr.separator,
        scope,
      );
  }
}

/** An argument longer than this that a call names more than once is computed once, in a subquery. */
const longArgument = 60;

/**
 * SQL of a call. Many overloads name an argument several times; nested calls would then grow beyond all bounds, in
 * length and in work. `OFFSET 0` keeps the planner from putting the argument back in each place.
 */
function callSql(overload: Overload, args: string[], scope: SqlScope): string {
  const marks = args.map((_, at) => `\u0001${at}\u0002`);
  let sql = overload.sql(marks, scope);
  const bound: string[] = [];
  const alias = `a${Math.max(-1, ...args.map(nesting)) + 1}`;
  for (const [at, arg] of args.entries()) {
    const again = sql.split(marks[at]!).length > 2 && arg.length > longArgument;
    if (again) bound.push(`${arg} AS x${at}`);
    sql = sql.replaceAll(marks[at]!, () => (again ? `${alias}.x${at}` : arg));
  }
  if (bound.length > 0) sql = `(SELECT ${sql} FROM (SELECT ${bound.join(", ")} OFFSET 0) ${alias})`;
  if (sql.length > maxLength) throw new NotTranslatableError("the SQL of the expression would be too long");
  return sql;
}

/** The highest number of a subquery's alias in a piece of SQL; -1 where there is none. */
function nesting(sql: string): number {
  return Math.max(-1, ...[...sql.matchAll(/ OFFSET 0\) a([0-9]+)\)/g)].map((match) => Number(match[1])));
}

function joinSql(args: string[], separator: string, scope: SqlScope): string {
  if (args.length === 0) return "''::text";
  if (separator === "") return `concat(${args.join(", ")})`;
  return `concat_ws(${scope.text(separator)}, ${args.map((arg) => `nullif(${arg}, '')`).join(", ")})`;
}

function literal(value: Value, type: ExprType, scope: SqlScope): string {
  const sqlType = type === "null" ? "text" : sqlTypeOf(type);
  if (value === null) return `NULL::${sqlType}`;
  if (typeof value === "string") return scope.text(value);
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number") return `'${doubleText(value)}'::${sqlType}`;
  return type === "timestamp" ? `'${isoText(value)}'::${sqlType}` : `'${value}'::${sqlType}`;
}
