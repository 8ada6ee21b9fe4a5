import { APIError, middleware } from "encore.dev/api";
import { trustedOrigins } from "./auth.js";
import { isTrustedOrigin } from "./origins.js";
import { credentialOfHeaders, type RequestHeaders } from "./request-credential.js";

const readingMethods = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Refuses a change that a browser asks for with its session cookie, unless a trusted page does: another site's page
 * could make the browser send the cookie along.
 */
export const requireSameOrigin = middleware({ target: { auth: true } }, async (request, next) => {
  const meta = request.requestMeta;
  if (meta?.type === "api-call" && !readingMethods.has(meta.method)) {
    const headers: RequestHeaders = meta.headers;
    if (credentialOfHeaders(headers)?.kind === "cookie") {
      const origin = [headers.origin].flat()[0];
      if (!isTrustedOrigin(origin, await trustedOrigins())) {
        throw APIError.permissionDenied("The request comes from a page that is not trusted.").withDetails({
          reason: "origin_not_trusted",
        });
      }
    }
  }
  return await next(request);
});
