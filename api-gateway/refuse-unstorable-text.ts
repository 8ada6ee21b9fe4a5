import { middleware } from "encore.dev/api";
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
