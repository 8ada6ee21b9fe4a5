import { runDetached } from "../async-context.js";
import { ApiError, coerceToApiError, internalError, parseErrorBody } from "../errors.js";
import { host } from "../host.js";
import type { OutgoingRequest, WireResponse } from "../http/codec.js";
import type { CompiledEndpoint } from "../http/endpoint.js";
import { IncomingHeaders } from "../http/incoming-headers.js";
import { type Call, invoke } from "../http/invoke.js";
import { registry } from "../http/registry.js";
import type { Auth, Request } from "../request.js";
import { writeJson } from "../schema/write-json.js";
import { type Span, startSpan } from "../tracing/span.js";
import { ApiCallError } from "./api-call-error.js";
import { decodeAuthData } from "./call-meta.js";
import { callRemote } from "./remote.js";

type Fields = Record<string, unknown>;

/** Options of a call through `~encore/clients`. */
export interface CallOptions {
  authData?: Fields;
}

/** What a call carries besides its payload. */
export interface CallContext {
  /** `api:service.endpoint` and the like: who calls. */
  caller: string;
  span: Span;
  correlationId: string | undefined;
  auth: Auth | undefined;
}

/** The endpoint that a call names. Throws `not_found`. */
export function findEndpoint(service: string, name: string): CompiledEndpoint {
  const endpoint = registry().get(service, name);
  if (!endpoint) {
    throw new ApiError(
      "not_found",
      "endpoint not found",
      `endpoint ${service}.${name} not found in application metadata`,
    );
  }
  return endpoint;
}

/** Who calls, as whom, and in which trace. `end` closes the call's span. */
export function callContext(
  endpoint: CompiledEndpoint,
  source: Request | null | undefined,
  options: CallOptions | null | undefined,
): CallContext {
  const span = startSpan({
    kind: "client",
    name: `${endpoint.service}.${endpoint.name}`,
    service: source?.service,
    parent: source?.span,
  });
  return {
    caller: callerOf(source),
    span,
    correlationId: source?.correlationId,
    auth: authOf(source, options),
  };
}

function callerOf(source: Request | null | undefined): string {
  if (!source) return `app:${host().config.meta.deployId}`;
  const { data } = source;
  if (data.kind === "pubsub") return `pubsub:${data.topic}:${data.subscription}:${data.message.id}`;
  return `api:${source.service}.${source.endpoint}`;
}

function authOf(
  source: Request | null | undefined,
  options: CallOptions | null | undefined,
): Auth | undefined {
  const given = options?.authData;
  if (given === null || given === undefined) return source?.auth;
  if (typeof given.userID !== "string") throw new Error("userID missing in auth data");
  return { uid: given.userID, data: decodeAuthData(writeJson(given)) };
}

/** Calls an endpoint of the app, here or in another process, as `~encore/clients` does. */
export async function apiCall(
  service: string,
  name: string,
  payload: unknown,
  source: Request | null | undefined,
  options: CallOptions | null | undefined,
): Promise<Fields | null | ApiCallError> {
  if (payload !== null && payload !== undefined && typeof payload !== "object") {
    throw new Error(`the payload of ${service}.${name} must be an object`);
  }
  let span: Span | undefined;
  try {
    const endpoint = findEndpoint(service, name);
    if (endpoint.isRaw || endpoint.isStream)
      throw internalError(`${service}.${name} is not a typed endpoint`);
    const context = callContext(endpoint, source, options);
    span = context.span;
    const outgoing = endpoint
      .codec(endpoint.callMethod)
      .encode(endpoint.callMethod, (payload ?? undefined) as Fields | undefined);
    const response = registry().hosts(service)
      ? await callLocal(endpoint, outgoing, context)
      : await callRemote(endpoint, outgoing, context);
    if (response.status < 200 || response.status > 299) throw parseErrorBody(response.body ?? "");
    const decoded = endpoint.response.decode(new IncomingHeaders(response.headers), response.body);
    span.end();
    return decoded;
  } catch (thrown) {
    const error = coerceToApiError(thrown);
    span?.end(error);
    return new ApiCallError(error);
  }
}

/**
 * Runs an endpoint of this process. The payload travels encoded, as it would over HTTP:
 * the callee gets its own copy, checked and typed by its schema.
 */
function callLocal(
  endpoint: CompiledEndpoint,
  outgoing: OutgoingRequest,
  context: CallContext,
): Promise<WireResponse> {
  return new Promise((resolve, reject) => {
    const call = localCall(endpoint, outgoing, context);
    runDetached(invoke, call, (error, response) => {
      if (error || !response) reject(error ?? internalError("handler did not respond"));
      else resolve(response);
    });
  });
}

/** A request to an endpoint of this process, made by this process. */
export function localCall(endpoint: CompiledEndpoint, outgoing: OutgoingRequest, context: CallContext): Call {
  return {
    endpoint,
    method: outgoing.method,
    path: outgoing.path,
    params: outgoing.params,
    query: outgoing.query,
    headers: new IncomingHeaders(outgoing.headers),
    body: outgoing.body,
    auth: context.auth,
    internal: true,
    span: startSpan({
      kind: "server",
      name: `${outgoing.method} ${endpoint.model.rawPath}`,
      service: endpoint.service,
      parent: context.span,
    }),
    correlationId: context.correlationId,
  };
}
