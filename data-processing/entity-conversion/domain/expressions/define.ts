import {
  ExpressionError,
  NotTranslatableError,
  type Overload,
  type Scalar,
  type ScalarType,
  type ScalarValues,
  type SqlScope,
  type Value,
} from "./expression.js";

/** A named overload of the function library. */
export interface FunctionDefinition {
  name: string;
  overload: Overload;
}

type ValuesOf<P extends readonly ScalarType[]> = { [I in keyof P]: ScalarValues[P[I]] };
type TextsOf<P extends readonly ScalarType[]> = { [I in keyof P]: string };

/** Declares one overload, typed by its parameters. */
export function define<const P extends readonly ScalarType[], R extends ScalarType>(declaration: {
  name: string;
  params: P;
  result: R;
  evaluate: (...args: ValuesOf<P>) => ScalarValues[R] | null;
  sql: (args: TextsOf<P>, scope: SqlScope) => string;
}): FunctionDefinition {
  return {
    name: declaration.name,
    overload: {
      params: [...declaration.params],
      result: declaration.result,
      evaluate: declaration.evaluate as unknown as (...args: Scalar[]) => Value,
      sql: declaration.sql as unknown as (args: string[], scope: SqlScope) => string,
    },
  };
}

const minInt = -(2n ** 63n);
const maxInt = 2n ** 63n - 1n;

/** Refuses an integer beyond 64 bits, as Postgres does. */
export function int64(value: bigint): bigint {
  if (value < minInt || value > maxInt)
    throw new ExpressionError(`The integer ${value} is out of range (64 bits).`);
  return value;
}

/** Refuses infinities and NaN, which Postgres arithmetic refuses too. */
export function finite(value: number): number {
  if (!Number.isFinite(value)) throw new ExpressionError("The number is out of the range of double.");
  return value;
}

/** Longest text that an expression may make. */
export const maxTextLength = 1_000_000;

/** Refuses a text longer than `maxTextLength`. */
export function bounded(length: number): void {
  if (length > maxTextLength)
    throw new ExpressionError(`A text would be longer than ${maxTextLength} characters.`);
}

const castTargets: Record<ScalarType, string> = {
  string: "text",
  int: "bigint",
  double: "double precision",
  bool: "boolean",
  timestamp: "timestamptz",
};

/** The Postgres type that holds an expression type. */
export function sqlTypeOf(type: ScalarType): string {
  return castTargets[type];
}

/**
 * SQL of the given type that raises an error when it is evaluated: a text that cannot be read as that type. Texts
 * cannot be refused so.
 */
export function raiseSql(type: Exclude<ScalarType, "string">, shown: string): string {
  return `('not acceptable: ' || (${shown})::text)::${castTargets[type]}`;
}

/** The SQL function `upper` or `lower` with the case mapping of ECMAScript, where the server has it. */
export function caseSql(name: "upper" | "lower", text: string, scope: SqlScope): string {
  if (!scope.unicodeCase) throw new NotTranslatableError(`${name} needs the collation pg_unicode_fast`);
  return `(${name}((${text}) COLLATE "pg_unicode_fast") COLLATE "C")`;
}
