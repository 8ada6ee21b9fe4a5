import { middleware } from "encore.dev/api";
import { callOf, headerOf } from "../call.js";
import { withAnswerHeaders } from "./answer-headers.js";
import { answerConditionally } from "./conditional.js";

/** An API's answers are data: no browser has a reason to render, frame, guess at or keep them. */
const always = {
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Cache-Control": "no-store",
  "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
};
const maxCorrelationId = 64;

/**
 * Headers of every answer of a typed endpoint: what browsers may do with it, and the caller's
 * `X-Correlation-ID`. Reads are given an `ETag`, and 304 where the caller has that answer already.
 */
export const answerHeaders = middleware(
  { target: { isRaw: false, isStream: false } },
  async (request, next) => {
    const call = callOf(request);
    const correlationId = headerOf(call, "x-correlation-id")?.slice(0, maxCorrelationId);
    const response = await withAnswerHeaders(
      {
        ...always,
        ...(correlationId !== undefined &&
          /^[\x20-\x7e]+$/.test(correlationId) && {
            "X-Correlation-ID": correlationId,
          }),
      },
      () => next(request),
    );
    return answerConditionally(call, response);
  },
);

/** The same for raw endpoints, which set the headers of their content themselves. */
export const rawAnswerHeaders = middleware({ target: { isRaw: true } }, async (request, next) => {
  for (const name of [
    "X-Content-Type-Options",
    "X-Frame-Options",
    "Referrer-Policy",
    "Strict-Transport-Security",
  ] as const) {
    request.rawResponse?.setHeader(name, always[name]);
  }
  return await next(request);
});
