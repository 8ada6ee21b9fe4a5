import type postgres from "postgres";
import { Parameter } from "./encode.js";

/**
 * The error that app code catches. The message has the text of the official
 * runtime's, with state, constraint and detail in it, since apps can only look
 * there; the fields are an addition.
 */
export class SqlError extends Error {
  override readonly name = "Error";
  /** SQLSTATE, e.g. `23505`; absent when the error is not from the server. */
  declare readonly sqlState?: string;
  declare readonly constraint?: string;
  declare readonly table?: string;
  declare readonly column?: string;
  declare readonly detail?: string;
}

/** Translates what the driver threw. */
export function toSqlError(thrown: unknown): SqlError {
  const error = thrown as Partial<postgres.PostgresError> & Error;
  if (thrown instanceof SqlError) return thrown;
  const refused = refusedParameter(thrown);
  if (refused !== undefined) return new SqlError(refused);
  if (error.name !== "PostgresError" || error.severity === undefined) {
    return new SqlError(error.message, { cause: thrown });
  }
  const lines = [
    `db error: ${error.severity}: ${error.message} (SQLSTATE E${error.code})`,
    ...(error.detail ? [`DETAIL: ${error.detail}`] : []),
    ...(error.hint ? [`HINT: ${error.hint}`] : []),
  ];
  const fields = {
    sqlState: error.code,
    constraint: error.constraint_name,
    table: error.table_name,
    column: error.column_name,
    detail: error.detail,
  };
  return Object.assign(new SqlError(lines.join("\n"), { cause: thrown }), fields);
}

/** A parameter that could not be encoded made the server refuse the statement: the reason is with the parameter. */
function refusedParameter(thrown: unknown): string | undefined {
  const { args } = thrown as { args?: { value?: unknown }[] };
  for (const [i, arg] of (args ?? []).entries()) {
    if (arg?.value instanceof Parameter && arg.value.failure !== undefined) {
      return `error serializing parameter ${i}: ${arg.value.failure.message}`;
    }
  }
  return undefined;
}
