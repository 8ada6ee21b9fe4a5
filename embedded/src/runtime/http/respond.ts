import type { ServerResponse } from "node:http";
import type { ApiError } from "../errors.js";
import type { EncodedResponse, WireResponse } from "./codec.js";
import { applyExtraHeaders } from "./extra-headers.js";

/** Writes a whole response; `extra` are the gateway's own headers. */
export function writeResponse(
  res: ServerResponse,
  response: EncodedResponse,
  extra: readonly string[],
): void {
  if (res.headersSent || res.destroyed) return;
  // An informational status cannot end an exchange.
  const { status, headers, body } =
    response.status < 200 ? { status: 500, headers: [], body: undefined } : response;
  for (const text of extra) headers.push(text);
  if (status !== 204 && status !== 304)
    headers.push("content-length", String(body ? Buffer.byteLength(body) : 0));
  res.writeHead(status, headers);
  res.end(body);
}

/** The response that tells an error. Internal messages go to other services and, in development, to everybody. */
export function errorResponse(error: ApiError, includeInternal: boolean): WireResponse {
  const response: WireResponse = {
    status: error.status,
    headers: ["content-type", "application/json"],
    body: error.toBody(includeInternal),
  };
  if (error.wishes?.headers) applyExtraHeaders(response, error.wishes.headers);
  return response;
}
