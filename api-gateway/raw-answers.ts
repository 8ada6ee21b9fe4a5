import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { APIError, ErrCode } from "encore.dev/api";
import log from "encore.dev/log";

const slowReaderMs = 60_000;

const statuses: Partial<Record<ErrCode, number>> = {
  [ErrCode.InvalidArgument]: 400,
  [ErrCode.FailedPrecondition]: 400,
  [ErrCode.Unauthenticated]: 401,
  [ErrCode.PermissionDenied]: 403,
  [ErrCode.NotFound]: 404,
  [ErrCode.ResourceExhausted]: 429,
  [ErrCode.Unavailable]: 503,
};

/** Answers a raw request as JSON. */
export function answerJson(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store", ...headers });
  response.end(JSON.stringify(body));
}

/** Answers with an error in the form that typed endpoints have, or cuts the answer off where it has begun. */
export function answerError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    log.warn(error, "an answer broke off");
    response.destroy();
    return;
  }
  const known = error instanceof APIError && statuses[error.code] !== undefined ? error : undefined;
  if (known === undefined) log.error(error, "a raw request failed");
  const body = {
    code: known?.code ?? ErrCode.Internal,
    message: known?.message ?? "An internal error occurred.",
    details: known?.details ?? null,
  };
  const retryAfter = body.details?.retryAfterSeconds;
  const headers: Record<string, string> =
    typeof retryAfter === "number" ? { "Retry-After": String(retryAfter) } : {};
  answerJson(response, known === undefined ? 500 : (statuses[known.code] ?? 500), body, headers);
}

/** Writes to a reader that may be slow, and gives up one that takes nothing for a minute. */
export async function writeTo(response: ServerResponse, text: string): Promise<void> {
  if (response.destroyed) throw new Error("The reader has gone.");
  if (text === "" || response.write(text)) return;
  await once(response, "drain", { signal: AbortSignal.timeout(slowReaderMs) });
}
