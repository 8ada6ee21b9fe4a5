import { APIError, middleware } from "encore.dev/api";
import { callOf, headerOf } from "../call.js";
import { refusal } from "./answer-headers.js";
import { tagOf } from "./conditional.js";

const changed = new Set(["precondition_failed", "revision_changed", "version_changed"]);

/**
 * Whether `If-Match` names what is there now; tags are compared strongly, as HTTP asks for changes: a weak one matches
 * nothing.
 */
export function matchesTag(ifMatch: string, current: unknown): boolean {
  const tag = tagOf(current);
  return ifMatch.trim() === "*" || ifMatch.split(",").some((each) => each.trim() === tag);
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
