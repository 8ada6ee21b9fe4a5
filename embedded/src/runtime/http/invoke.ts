import { ApiError, coerceToApiError } from "../errors.js";
import { type Auth, Request } from "../request.js";
import type { Span } from "../tracing/span.js";
import type { WireRequest, WireResponse } from "./codec.js";
import type { CompiledEndpoint } from "./endpoint.js";
import { applyExtraHeaders } from "./extra-headers.js";
import { requestEnded, requestStarted } from "./observe.js";

/** A request to one endpoint, with what is known of its caller. */
export interface Call extends WireRequest {
  endpoint: CompiledEndpoint;
  method: string;
  path: string;
  auth: Auth | undefined;
  /** The caller is a service of the app: private endpoints answer. */
  internal: boolean;
  span: Span;
  correlationId: string | undefined;
}

/** Called once: with an error, or with the response. */
export type Done = (error: ApiError | undefined, response: WireResponse | undefined) => void;

/** What the SDK's handler wrapper resolves to. */
interface HandlerResult {
  payload?: unknown;
  extraHeaders?: Record<string, string | string[]>;
  status?: number;
}

/** Why a caller may not use an endpoint; undefined when it may. */
export function refusal(call: Call): ApiError | undefined {
  const { endpoint } = call;
  if (!endpoint.model.expose && !call.internal) {
    return new ApiError("not_found", "endpoint not found", "the endpoint was found, but is not exposed");
  }
  if (endpoint.model.auth && !call.auth) {
    return new ApiError("unauthenticated", "endpoint requires auth but none provided");
  }
  if (!endpoint.handler)
    return new ApiError("not_found", "endpoint not found", "no handler registered for endpoint");
  return undefined;
}

/**
 * Decodes the request, in that order the official runtime checks it: payload, exposure, authentication.
 * Throws an `ApiError` when it is refused.
 */
export function admit(call: Call): Request {
  const { endpoint, method, path, query } = call;
  const { payload, pathParams } = endpoint.codec(method).decode(call);
  const refused = refusal(call);
  if (refused) throw refused;
  return new Request(
    {
      kind: endpoint.isStream ? "stream" : "api",
      api: endpoint.api,
      method: endpoint.isStream ? "" : method,
      path,
      pathAndQuery: query === "" ? path : `${path}?${query}`,
      pathParams,
      payload: endpoint.takesPayload ? payload : null,
      headers: call.headers,
      auth: call.auth,
    },
    call,
  );
}

/** Runs a typed endpoint. Calls back in the same turn when the handler answers in it. */
export function invoke(call: Call, done: Done): void {
  let request: Request;
  try {
    request = admit(call);
  } catch (error) {
    const refused = coerceToApiError(error);
    call.span.end(refused);
    done(refused, undefined);
    return;
  }
  const finish = (error: ApiError | undefined, response: WireResponse | undefined): void => {
    requestEnded(request, error ? error.status : (response?.status ?? 200), error);
    done(error, response);
  };
  const fail = (thrown: unknown): void => finish(coerceToApiError(thrown), undefined);
  const answer = (result: unknown): void => {
    let response: WireResponse;
    try {
      const { payload, status, extraHeaders } = result as HandlerResult;
      // A middleware's refusal with a status and headers of its own. Encore's runtime has no body for it.
      if (payload instanceof Error && status !== undefined && status >= 400) {
        const error = coerceToApiError(payload);
        error.wishes = { status, headers: { ...error.wishes?.headers, ...extraHeaders } };
        finish(error, undefined);
        return;
      }
      response = call.endpoint.response.encode(payload, status);
      if (extraHeaders) applyExtraHeaders(response, extraHeaders);
    } catch (error) {
      fail(error);
      return;
    }
    finish(undefined, response);
  };
  requestStarted(request);
  let result: unknown;
  try {
    result = call.endpoint.handler?.(request);
  } catch (thrown) {
    fail(thrown);
    return;
  }
  if (result instanceof Promise) result.then(answer, fail);
  else answer(result);
}
