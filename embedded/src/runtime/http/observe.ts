import { type ApiError, outcomeOfStatus } from "../errors.js";
import { logRequestEnd, logRequestFailed, logRequestStart } from "../logger.js";
import { requestFinished } from "../metrics.js";
import type { Request } from "../request.js";

/** A request enters its handler. */
export function requestStarted(request: Request): void {
  logRequestStart(request);
}

/** A request ends: log, metrics and span. `error`: why it failed. */
export function requestEnded(request: Request, status: number, error: ApiError | undefined): void {
  const durationMs = performance.now() - request.startedAtMs;
  const code = error ? error.code : outcomeOfStatus(status);
  if (error) logRequestFailed(request, error);
  logRequestEnd(request, durationMs, code);
  requestFinished(request.service, request.endpoint, code, durationMs / 1000);
  const { span } = request;
  if (span.recording) span.setAttributes({ "http.response.status_code": status });
  span.end(error);
}
