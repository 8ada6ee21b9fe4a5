import { APIError } from "encore.dev/api";
import postgres from "postgres";
import {
  type ConnectionProblemCode,
  describeConnectionProblem,
} from "../../shared/network/connection-problem.js";

/** The Postgres error behind an exception, or undefined. */
export function postgresError(error: unknown): postgres.PostgresError | undefined {
  return error instanceof postgres.PostgresError ? error : undefined;
}

/** Errors that a record's own values cause: bad or out-of-range data (class 22) and broken constraints (class 23). */
export function isRecordError(error: unknown): boolean {
  const code = postgresError(error)?.code ?? "";
  return code.startsWith("22") || code.startsWith("23") || code === "P0001";
}

/** Tables or columns that a statement knew are gone, or have another type. */
export function isSchemaError(error: unknown): boolean {
  return ["42703", "42P01", "42804", "42883", "3F000"].includes(postgresError(error)?.code ?? "");
}

/** Races that a second try settles: serialization failure, deadlock, lock not available. */
export function isRetryable(error: unknown): boolean {
  return ["40001", "40P01", "55P03"].includes(postgresError(error)?.code ?? "");
}

/** Problems after which another try may do better. */
const passing = new Set<ConnectionProblemCode>([
  "host_not_found",
  "host_unreachable",
  "connection_refused",
  "connection_timeout",
  "connection_closed",
  "too_many_connections",
  "server_starting",
]);

const reasons: Partial<Record<ConnectionProblemCode, string>> = {
  statement_timeout: "source_timeout",
  privilege_missing: "source_privilege",
  read_only: "source_read_only",
};

/**
 * Names what is wrong with a data source, where that is what failed: not reachable, refused credentials or TLS, a
 * time-out, a missing privilege. The details have the reason and, as `problem`, the same code as a test of the
 * connection. Other errors come back unchanged.
 */
export function describeSourceError(error: unknown, source: string): unknown {
  if (error instanceof APIError) return error;
  const problem = describeConnectionProblem(error);
  if (problem === undefined) return error;
  const { code, message } = problem;
  const make = (text: string) => {
    if (code === "statement_timeout") return APIError.deadlineExceeded(text);
    return passing.has(code) ? APIError.unavailable(text) : APIError.failedPrecondition(text);
  };
  const reason = reasons[code] ?? (passing.has(code) ? "source_unreachable" : "source_refused");
  return make(`The data source "${source}": ${message}`).withDetails({
    reason,
    problem: code,
    dataSource: source,
  });
}
