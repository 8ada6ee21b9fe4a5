import { APIError, middleware } from "encore.dev/api";
import { requireStorableText } from "./storable-text.js";

/** Refuses requests with text that no database keeps, before a service meets it. */
export const refuseUnstorableText = middleware(async (request, next) => {
  const meta = request.requestMeta;
  if (meta?.type === "api-call") {
    requireStorableText(meta.pathParams);
    requireStorableText(meta.parsedPayload);
  }
  return await next(request);
});

/** What Encore's own runtime says when a name in a body holds U+0000, and the body is to become an object. */
const unreadableName = /^nul byte found in provided data/;

/** The same for names that the runtime itself cannot hand over: it fails wherever the request is first looked at. */
export const refuseUnreadableNames = middleware(
  { target: { isRaw: false, isStream: false } },
  async (request, next) => {
    try {
      return await next(request);
    } catch (error) {
      if (!(error instanceof Error) || !unreadableName.test(error.message)) throw error;
      throw APIError.invalidArgument(
        "The request: the character U+0000 is not allowed in names.",
      ).withDetails({ reason: "invalid_text", path: "" });
    }
  },
);
