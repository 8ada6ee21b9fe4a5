import { type APIError, HandlerResponse } from "encore.dev/api";

/** Header names and values. */
export type AnswerHeaders = Record<string, string>;

/**
 * Where a thrown error carries the headers of its answer. The embedded host sends them; Encore's own runtime sends
 * errors without headers of the app.
 */
const headersOfError = Symbol.for("axion.answerHeaders");

interface ErrorWithHeaders extends Error {
  [headersOfError]?: AnswerHeaders;
}

/** Runs what follows and puts `headers` on its answer, errors included. Headers that are there already stay. */
export async function withAnswerHeaders(
  headers: AnswerHeaders,
  next: () => Promise<HandlerResponse>,
): Promise<HandlerResponse> {
  let response: HandlerResponse;
  try {
    response = await next();
  } catch (error) {
    throw error instanceof Error ? withHeaders(error, headers) : error;
  }
  for (const [name, value] of Object.entries(headers)) {
    if (!(name in response.header.headers)) response.header.set(name, value);
  }
  return response;
}

/** The error, whose answer carries these headers too where the host can send them. */
export function withHeaders<TError extends Error>(error: TError, headers: AnswerHeaders): TError {
  const carrier: ErrorWithHeaders = error;
  carrier[headersOfError] = { ...headers, ...carrier[headersOfError] };
  return error;
}

/**
 * An error as an answer with a status and headers of its own, which a thrown one cannot have. The embedded host
 * writes the error as the body; Encore's own runtime keeps what the endpoint's response type knows, mostly nothing.
 * So the header `Axion-Error` has the same JSON, in ASCII.
 */
export function refusal(error: APIError, status: number, headers: AnswerHeaders): HandlerResponse {
  const response = new HandlerResponse(error);
  response.status = status;
  const { code, message, details } = error;
  response.header.set("Axion-Error", asciiJson({ code, message, details }));
  for (const [name, value] of Object.entries(headers)) response.header.set(name, value);
  return response;
}

/** JSON in the characters that a header may hold. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
