import { ApiError } from "../errors.js";
import type { IncomingHeaders } from "../http/incoming-headers.js";
import { registry } from "../http/registry.js";
import type { Auth } from "../request.js";
import { parseJson } from "../schema/parse-json.js";
import { writeJson } from "../schema/write-json.js";
import { formatTraceparent, parseTraceparent, type SpanContext } from "../tracing/trace-context.js";
import { inboundKeys, signingScope } from "./peers.js";
import { type AuthKey, type MetaHeaders, sign, verify } from "./signing.js";

const PREFIX = "x-encore-meta-";

/** What travels with a call to a service of another process. */
export interface OutgoingMeta {
  /** `api:service.endpoint`, `pubsub:topic:subscription:id`, `app:deploy` or `gateway:name`. */
  caller: string;
  /** `service.endpoint`: the signature holds for it alone. */
  callee: string;
  trace: SpanContext;
  correlationId: string | undefined;
  auth: Auth | undefined;
}

/** What a verified caller says. */
export interface IncomingMeta {
  /** Private endpoints answer: the caller is no gateway. */
  internal: boolean;
  auth: Auth | undefined;
  trace: SpanContext | undefined;
  /** The only endpoint the call may reach, when the caller named it. */
  callee: string | undefined;
}

/** The headers of a call to another process, signed when there is a key. */
export function outgoingHeaders(meta: OutgoingMeta, key: AuthKey | undefined): string[] {
  const headers: MetaHeaders = new Map([
    [`${PREFIX}version`, "1"],
    [`${PREFIX}caller`, meta.caller],
    [`${PREFIX}callee`, meta.callee],
  ]);
  if (meta.correlationId !== undefined) headers.set("x-correlation-id", meta.correlationId);
  if (meta.auth) {
    headers.set(`${PREFIX}userid`, asciiOnly(meta.auth.uid));
    headers.set(`${PREFIX}authdata`, asciiJson(meta.auth.data));
  }
  if (key) sign(headers, key, signingScope(), new Date());
  headers.set("traceparent", formatTraceparent(meta.trace));
  const state = `encore/span-id=${meta.trace.spanId},encore/sampled=${meta.trace.sampled ? 1 : 0}`;
  headers.set("tracestate", meta.trace.traceState ? `${state},${meta.trace.traceState}` : state);
  return [...headers].flat();
}

/** JSON with everything beyond ASCII escaped: header values are bytes. */
function asciiJson(value: unknown): string {
  return writeJson(value).replace(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function asciiOnly(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** Whether a request claims to come from a service of the app. */
export function claimsCaller(headers: IncomingHeaders): boolean {
  return headers.first(`${PREFIX}caller`) !== undefined;
}

/** Reads who calls. Throws `invalid_argument` when the claim is not signed with a key of the app. */
export function incomingMeta(headers: IncomingHeaders): IncomingMeta {
  const keys = inboundKeys();
  const meta: MetaHeaders = new Map();
  for (let i = 0; i < headers.raw.length; i += 2) {
    const name = headers.raw[i]?.toLowerCase() as string;
    if (name.startsWith(PREFIX) || name === "x-correlation-id") meta.set(name, headers.raw[i + 1] as string);
  }
  const problem = keys.length === 0 ? "this process knows no key" : verify(meta, keys, new Date());
  if (problem)
    throw new ApiError(
      "invalid_argument",
      "unable to parse request",
      `invalid service authentication data: ${problem}`,
    );
  const uid = meta.get(`${PREFIX}userid`);
  const data = meta.get(`${PREFIX}authdata`);
  return {
    internal: !(meta.get(`${PREFIX}caller`) ?? "").startsWith("gateway:"),
    auth:
      uid === undefined
        ? undefined
        : { uid: Buffer.from(uid, "latin1").toString("utf8"), data: decodeAuthData(data) },
    trace: parseTraceparent(headers.first("traceparent"), headers.first("tracestate")),
    callee: meta.get(`${PREFIX}callee`),
  };
}

/** Auth data as callees see it: fields of its type only, dates and decimals as objects. */
export function decodeAuthData(json: string | undefined): Record<string, unknown> {
  if (json === undefined) return {};
  const { authenticator } = registry();
  if (authenticator) return authenticator.decodeAuthData(json);
  return parseJson(json) as Record<string, unknown>;
}
