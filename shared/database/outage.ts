import { APIError, middleware } from "encore.dev/api";
import log from "encore.dev/log";
import { describeConnectionProblem } from "../network/connection-problem.js";

/** A connection that did not come about or broke, as opposed to a statement that the server refused. */
const outages = new Set([
  "host_not_found",
  "host_unreachable",
  "connection_refused",
  "connection_timeout",
  "connection_closed",
  "too_many_connections",
  "server_starting",
]);

/** Whether an error, or what caused it, says that a service's own database cannot be reached for now. */
export function isOutage(error: unknown): boolean {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 8; cause = cause.cause, depth++) {
    if (cause instanceof APIError) return false;
    if (outages.has(describeConnectionProblem(cause)?.code ?? "")) return true;
    // A database that is taken out of service: object_not_in_prerequisite_state.
    if ("code" in cause && cause.code === "55000" && /not currently accepting/.test(cause.message))
      return true;
  }
  return false;
}

/** Answers `unavailable`, 503, instead of an internal error while a service's own database cannot be reached. */
export const tellOutage = middleware({ target: {} }, async (request, next) => {
  try {
    return await next(request);
  } catch (error) {
    if (!isOutage(error)) throw error;
    log.warn(error, "the service's database cannot be reached");
    throw APIError.unavailable(
      "The service cannot reach its database at the moment. Try again in a few seconds.",
    ).withDetails({ reason: "database_unavailable" });
  }
});
