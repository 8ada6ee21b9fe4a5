import { APIError } from "encore.dev/api";
import postgres from "postgres";

/** The Postgres error behind an exception, or undefined. */
export function postgresError(error: unknown): postgres.PostgresError | undefined {
  return error instanceof postgres.PostgresError ? error : undefined;
}

/** Errors that a record's own values cause: bad or out-of-range data (class 22) and broken constraints (class 23). */
export function isRecordError(error: unknown): boolean {
  const code = postgresError(error)?.code ?? "";
  return code.startsWith("22") || code.startsWith("23") || code === "P0001";
}

/** Races that a second try settles: serialization failure, deadlock, lock not available. */
export function isRetryable(error: unknown): boolean {
  return ["40001", "40P01", "55P03"].includes(postgresError(error)?.code ?? "");
}

const unreachable = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ETIMEDOUT",
  "ECONNRESET",
  "EPIPE",
  "CONNECT_TIMEOUT",
  "CONNECTION_CLOSED",
  "CONNECTION_DESTROYED",
  "CONNECTION_ENDED",
  "57P01",
  "57P02",
  "57P03",
  "53300",
]);

/**
 * Names what is wrong with a data source, where that is what failed: not reachable, refused credentials, a time-out, a
 * missing privilege. Other errors come back unchanged.
 */
export function describeSourceError(error: unknown, source: string): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const message = error instanceof Error ? error.message : String(error);
  const known = (make: (text: string) => APIError, text: string, reason: string) =>
    make(text).withDetails({ reason, dataSource: source });
  if (unreachable.has(code)) {
    const text = `The data source "${source}" cannot be reached: ${message}`;
    return known(APIError.unavailable, text, "source_unreachable");
  }
  if (code === "28P01" || code === "28000" || code === "3D000") {
    const text = `The data source "${source}" refuses the connection: ${message}`;
    return known(APIError.failedPrecondition, text, "source_refused");
  }
  if (code === "57014") {
    const text = `The data source "${source}" took too long to answer.`;
    return known(APIError.deadlineExceeded, text, "source_timeout");
  }
  if (code === "42501") {
    const text = `A privilege is missing in the data source "${source}": ${message}.`;
    return known(APIError.failedPrecondition, text, "source_privilege");
  }
  return error;
}
