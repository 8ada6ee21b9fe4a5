import { APIError, middleware } from "encore.dev/api";
import { callOf, headerOf } from "../call.js";
import { refusal } from "./answer-headers.js";
import { namesTag, tagOf } from "./conditional.js";

const changed = new Set(["precondition_failed", "revision_changed", "version_changed"]);

/**
 * Whether `If-Match` names what is there now, with or without `W/`. HTTP (RFC 9110, 13.1.1) asks for a strong comparison
 * because a weak tag may stand for several contents. Ours never does: it is a hash of the content, made before the answer
 * is compressed, and becomes weak only on its way, where the host or a proxy compresses it.
 */
export function matchesTag(ifMatch: string, current: unknown): boolean {
  const tag = tagOf(current);
  return tag !== undefined && namesTag(ifMatch, tag);
}

/** The error of a change whose `If-Match` names another state of the thing than it has. */
export function preconditionFailed(what: string): APIError {
  return APIError.aborted(
    `If-Match: the ${what} has changed since that ETag was given: read it again.`,
  ).withDetails({ reason: "precondition_failed" });
}

/**
 * Changes with `If-Match`: 412 where the thing has changed since, whether that shows at once or by a race lost; the
 * answer of one that came through carries the tag of what it left.
 */
export const preconditions = middleware(
  { target: { isRaw: false, isStream: false, auth: true } },
  async (request, next) => {
    const call = callOf(request);
    if (call.method === "GET" || headerOf(call, "if-match") === undefined) return await next(request);
    try {
      const response = await next(request);
      const tag = tagOf(response.payload);
      if (tag !== undefined) response.header.set("ETag", tag);
      return response;
    } catch (error) {
      if (error instanceof APIError && changed.has(String(error.details?.reason)))
        return refusal(error, 412, {});
      throw error;
    }
  },
);
