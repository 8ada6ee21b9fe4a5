/** Codes of the Postgres driver and of Node for a server that is not reached. */
const unreachable = new Set([
  "CONNECTION_CLOSED",
  "CONNECTION_ENDED",
  "CONNECTION_DESTROYED",
  "CONNECT_TIMEOUT",
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
]);

/** SQLSTATEs of a server that stops, starts, or lets nobody else in: classes 08 and 57P0x, and 53300. */
const serverAway = /^(08...|57P0[1-5]|53300)$/;

const deepest = 8;

/**
 * Whether an error says that a database or a service was not there, and nothing of what it was asked. Such an error is
 * not the event's fault: others fail the same way.
 */
export function isOutage(error: unknown, depth = 0): boolean {
  if (typeof error !== "object" || error === null || depth > deepest) return false;
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  if (
    typeof code === "string" &&
    (unreachable.has(code) || serverAway.test(code) || code === "unavailable")
  ) {
    return true;
  }
  if (error instanceof AggregateError) return error.errors.some((each) => isOutage(each, depth + 1));
  return isOutage(cause, depth + 1);
}
