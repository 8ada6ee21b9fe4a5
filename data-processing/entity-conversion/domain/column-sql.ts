import type { ColumnType } from "../../schema-discovery/domain/entity.js";
import type { FieldKind } from "../../schema-discovery/types.js";
import { quoteLiteral } from "../../sources/identifiers.js";
import { raiseSql } from "./expressions/define.js";
import { UnreadableValue } from "./expressions/evaluate.js";
import type { ExprType, ScalarType, SqlScope, Value } from "./expressions/expression.js";
import { isoText } from "./expressions/instants.js";
import { doubleText } from "./expressions/number-functions.js";

/** A column as a field of `record`: its kind, and the base type in the database. */
export interface TypedColumn {
  kind: FieldKind;
  column: ColumnType;
}

/** The type that a column has in expressions. */
export function exprTypeOf(kind: FieldKind): ScalarType {
  return kind === "other" ? "string" : kind;
}

/** A date or time column as an instant; those without a zone are UTC. */
function instantSql(ref: string, baseType: string): string {
  return baseType === "timestamptz" ? ref : `((${ref})::timestamp AT TIME ZONE 'UTC')`;
}

const inYears = (instant: string) =>
  `${instant} >= '0001-01-01T00:00:00Z'::timestamptz AND ${instant} < '10000-01-01T00:00:00Z'::timestamptz`;

/** A column as SQL of its expression type. Infinity, NaN and years beyond 1 to 9999 raise an error. */
export function fieldSql(ref: string, { kind, column }: TypedColumn): string {
  switch (exprTypeOf(kind)) {
    case "string":
      return `((${ref})::text COLLATE "C")`;
    case "int":
      return column.baseType === "int8" ? ref : `(${ref})::bigint`;
    case "bool":
      return ref;
    case "double": {
      const value = `(${ref})::double precision`;
      return (
        `(CASE WHEN ${value} > '-Infinity' AND ${value} < 'Infinity' THEN ${value} ` +
        `WHEN ${ref} IS NOT NULL THEN ${raiseSql("double", ref)} END)`
      );
    }
    case "timestamp": {
      const instant = instantSql(ref, column.baseType);
      return `(CASE WHEN ${inYears(instant)} THEN ${instant} WHEN ${ref} IS NOT NULL THEN ${raiseSql("timestamp", ref)} END)`;
    }
  }
}

/** SQL that reads a column as a text for `decodeField`. Never raises. */
export function fieldTextSql(ref: string, { kind, column }: TypedColumn): string {
  if (kind !== "timestamp") return `(${ref})::text`;
  const instant = instantSql(ref, column.baseType);
  return (
    `(CASE WHEN ${inYears(instant)} THEN (extract(epoch from ${instant}) * 1000000)::bigint::text ` +
    `WHEN ${ref} IS NOT NULL THEN 'beyond' END)`
  );
}

/** The value that expressions see, from the text that `fieldTextSql` gave. */
export function decodeField(kind: FieldKind, text: string | null): Value {
  if (text === null) return null;
  switch (exprTypeOf(kind)) {
    case "string":
      return text;
    case "int":
      return BigInt(text);
    case "bool":
      return text === "true";
    case "double": {
      const value = Number(text);
      return Number.isFinite(value)
        ? value
        : unreadable(`The number ${text.slice(0, 40)} is not finite, or beyond double.`);
    }
    case "timestamp":
      return text === "beyond"
        ? unreadable("The timestamp is outside of the years 1 to 9999.")
        : BigInt(text);
  }
}

/** Stands in the place of a value until an expression reads it. */
function unreadable(problem: string): Value {
  return new UnreadableValue(problem) as unknown as Value;
}

/** Text form of an expression's result, as `valueFromTextSql` reads it. */
export function encodeValue(type: ExprType, value: Value): string | null {
  if (value === null) return null;
  if (type === "timestamp") return isoText(value as bigint);
  return typeof value === "number" ? doubleText(value) : String(value);
}

const resultTypes: Record<Exclude<ExprType, "null">, string> = {
  string: "text",
  int: "bigint",
  double: "double precision",
  bool: "boolean",
  timestamp: "timestamptz",
};

/** SQL of an expression's type from its text form. */
export function valueFromTextSql(type: ExprType, ref: string): string {
  return type === "string" || type === "null" ? ref : `(${ref})::${resultTypes[type]}`;
}

/**
 * SQL of a value as its target column takes it. Values go by their text, except where a cast does the same: never
 * by one that rounds or cuts. `from` is the expression type, `text` for a text form, or `same` for the column's own
 * type.
 */
export function assignSql(value: string, from: ExprType | "text" | "same", target: TypedColumn): string {
  const { castType, baseType } = target.column;
  return collated(assignedValue(), baseType);

  function assignedValue(): string {
    if (from === "same") return value;
    if (from === "timestamp" && baseType === "timestamp") return `(${value} AT TIME ZONE 'UTC')::${castType}`;
    if (from === "timestamp" && baseType === "date")
      return `(${value} AT TIME ZONE 'UTC')::date::${castType}`;
    if (from === "double" && baseType === "numeric") return `(${value})::text::${castType}`;
    return `(${value})::${castType}`;
  }
}

const collatable = new Set(["text", "varchar", "bpchar"]);

/** Gives a text the default collation, so that the collation of the target column decides in comparisons. */
function collated(value: string, baseType: string): string {
  return collatable.has(baseType) ? `(${value} COLLATE "default")` : value;
}

/** Collects parameters of a statement; all are texts. */
export class Parameters implements Pick<SqlScope, "text"> {
  readonly values: (string | null)[] = [];

  constructor(readonly unicodeCase: boolean) {}

  /** Adds a parameter and returns it as SQL text with the collation of expressions. */
  text(value: string): string {
    return `(${this.plain(value)} COLLATE "C")`;
  }

  /** Adds a parameter and returns it as SQL text. */
  plain(value: string | null): string {
    this.values.push(value);
    return `$${this.values.length}::text`;
  }
}

/** Values that stand in the statement itself, so that one message holds it all. */
export class Literals extends Parameters {
  override plain(value: string | null): string {
    return value === null ? "NULL::text" : `${quoteLiteral(value)}::text`;
  }
}
