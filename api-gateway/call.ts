import type { APICallMeta, RequestMeta } from "encore.dev";
import type { MiddlewareRequest } from "encore.dev/api";
import type { RequestHeaders } from "./request-credential.js";

/** A request to a typed endpoint. */
export type ApiCall = APICallMeta & RequestMeta;

/** The call that a middleware sees. Throws where it was set on something else than an endpoint. */
export function callOf(request: MiddlewareRequest): ApiCall {
  const meta = request.requestMeta;
  if (meta?.type !== "api-call") throw new Error("This middleware is for endpoints.");
  return meta;
}

/** The first value of a request's header; names are given in lower case. */
export function headerOf(call: { headers: RequestHeaders }, name: string): string | undefined {
  const value = Object.hasOwn(call.headers, name) ? call.headers[name] : undefined;
  return Array.isArray(value) ? value[0] : value;
}

/**
 * Address that the request came from: the entry of `X-Forwarded-For` that the outermost trusted hop wrote. The host
 * itself writes the last one; each trusted proxy in front of it adds one before. What a client sends comes earlier
 * and is not believed. Undefined for calls within the app.
 */
export function addressOf(call: ApiCall, trustedProxies: number): string | undefined {
  const value = Object.hasOwn(call.headers, "x-forwarded-for") ? call.headers["x-forwarded-for"] : undefined;
  const hops = (Array.isArray(value) ? value : [value ?? ""])
    .flatMap((text) => text.split(","))
    .map((hop) => hop.trim())
    .filter((hop) => hop !== "");
  return hops[Math.max(0, hops.length - 1 - trustedProxies)]?.slice(0, 64);
}

/** How many proxies stand in front of the gateway: `TRUSTED_PROXIES`, 0 where it is not set. */
export function trustedProxies(): number {
  const value = process.env.TRUSTED_PROXIES?.trim() || "0";
  if (!/^\d$/.test(value)) throw new Error(`TRUSTED_PROXIES: expected a number from 0 to 9, got ${value}.`);
  return Number(value);
}
