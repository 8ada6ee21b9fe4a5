import type { ExpressionPosition } from "../../types.js";

/** Types of the expression language. Instants are UTC; `null` is the type of the literal alone. */
export type ExprType = "string" | "int" | "double" | "bool" | "timestamp" | "null";
export type ScalarType = Exclude<ExprType, "null">;

/** What each type is here: integers and timestamps (microseconds since 1970) are bigints within 64 bits. */
export interface ScalarValues {
  string: string;
  int: bigint;
  double: number;
  bool: boolean;
  timestamp: bigint;
}
export type Scalar = string | bigint | number | boolean;
export type Value = Scalar | null;

/** What a translation to SQL needs to know and to collect. */
export interface SqlScope {
  /** The field's value as SQL, of the field's expression type, null included. */
  field(index: number): string;
  /** Adds a text parameter and returns its placeholder, typed `text`. */
  text(value: string): string;
  /** The server has the collation `pg_unicode_fast`, whose case mapping is that of ECMAScript. */
  unicodeCase: boolean;
}

/** Thrown where an expression has no exact equivalent in SQL on this server: the streaming executor takes it. */
export class NotTranslatableError extends Error {}

/**
 * One overload of a function or operator. `evaluate` and `sql` mean the same for arguments that are not null; a
 * null argument makes the result null on both sides: `evaluate` is not called, and the SQL must give null by itself.
 * Where `evaluate` throws, the SQL must raise an error; where only the SQL raises one, `evaluate` decides.
 */
export interface Overload {
  params: ScalarType[];
  result: ScalarType;
  evaluate: (...args: Scalar[]) => Value;
  sql: (args: string[], scope: SqlScope) => string;
}

/** A type-checked expression. */
export type Expr =
  | { op: "literal"; type: ExprType; value: Value }
  | { op: "field"; type: ScalarType; index: number; at: SourceSpan }
  | { op: "call"; type: ScalarType; name: string; overload: Overload; args: Expr[]; at: SourceSpan }
  | { op: "and" | "or"; type: "bool"; left: Expr; right: Expr }
  | { op: "not"; type: "bool"; value: Expr }
  | { op: "if"; type: ExprType; condition: Expr; whenTrue: Expr; whenFalse: Expr }
  | { op: "isNull"; type: "bool"; value: Expr; negated: boolean }
  | { op: "in"; type: "bool"; value: Expr; list: Expr[]; equals: Overload }
  | { op: "coalesce"; type: ExprType; args: Expr[] }
  /** Joins texts, leaving out nulls and, with a separator, empty texts. */
  | { op: "join"; type: "string"; separator: string; args: Expr[] };

export interface SourceSpan {
  start: number;
  end: number;
}

/** A field that expressions may name, with its type there. Its index is its place in the row given to evaluation. */
export interface RecordField {
  name: string;
  type: ScalarType;
}

/** A record that expressions may name, and where the row given to evaluation has its fields. */
export interface RecordName {
  name: string;
  /** Place of its first field. */
  at: number;
  /** Place of a value that is null exactly where there is no such record, so that it can be compared with null. */
  presentAt?: number;
}

/** An expression that cannot be accepted: bad syntax, an unknown field or function, or types that do not fit. */
export class ExpressionProblem extends Error {
  readonly code: "expression_syntax" | "expression_type" | "expression_unsupported" | "unknown_field";
  readonly at: SourceSpan;

  constructor(code: ExpressionProblem["code"], message: string, at: SourceSpan) {
    super(message);
    this.name = "ExpressionProblem";
    this.code = code;
    this.at = at;
  }
}

/** An expression that failed on a record: a number out of range, a text that is no date … */
export class ExpressionError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ExpressionError";
  }
}

/** Turns offsets of a source text into a position with line and column. */
export function positionOf(source: string, span: SourceSpan): ExpressionPosition {
  const before = source.slice(0, span.start).split("\n");
  return {
    offset: span.start,
    end: span.end,
    line: before.length,
    column: (before.at(-1)?.length ?? 0) + 1,
  };
}
