import { createHash } from "node:crypto";
import { HandlerResponse } from "encore.dev/api";
import { type ApiCall, headerOf } from "../call.js";

/** The strong tag of a payload: a hash of its JSON. Undefined where it has none. */
export function tagOf(payload: unknown): string | undefined {
  if (payload === null || payload === undefined || payload instanceof Error) return undefined;
  return `"${createHash("sha256").update(JSON.stringify(payload)).digest("base64url").slice(0, 27)}"`;
}

/** Whether a condition (`If-None-Match`, `If-Match`) names the tag; tags are compared weakly, without their `W/`. */
export function namesTag(condition: string, tag: string): boolean {
  const opaque = (text: string) => text.trim().replace(/^W\//, "");
  return condition.trim() === "*" || condition.split(",").some((each) => opaque(each) === opaque(tag));
}

/** Gives the answer of a read its `ETag`; 304 without a body where the caller has it. A tag that is set stays. */
export function answerConditionally(call: ApiCall, response: HandlerResponse): HandlerResponse {
  if (call.method !== "GET" && call.method !== "HEAD") return response;
  const given = response.header.headers.ETag;
  const tag = typeof given === "string" ? given : tagOf(response.payload);
  if (tag === undefined) return response;
  response.header.set("ETag", tag);
  const ifNoneMatch = headerOf(call, "if-none-match");
  if (ifNoneMatch === undefined || !namesTag(ifNoneMatch, tag)) return response;
  const unchanged = new HandlerResponse(null);
  unchanged.status = 304;
  for (const [name, value] of Object.entries(response.header.headers)) unchanged.header.set(name, value);
  return unchanged;
}
