import type { IncomingMessage, ServerResponse } from "node:http";
import { claimsCaller, incomingMeta } from "../calls/call-meta.js";
import { encoreId } from "../encore-id.js";
import { ApiError, coerceToApiError } from "../errors.js";
import type { Auth } from "../request.js";
import { type Span, startSpan } from "../tracing/span.js";
import { formatTraceparent, parseTraceparent, type SpanContext } from "../tracing/trace-context.js";
import type { WireResponse } from "./codec.js";
import { compress, encodingFor } from "./compress.js";
import type { CompiledEndpoint } from "./endpoint.js";
import type { Gateway } from "./gateway.js";
import { type Forwarding, IncomingHeaders } from "./incoming-headers.js";
import type { Call } from "./invoke.js";
import { errorResponse, writeResponse } from "./respond.js";

/** Longer correlation ids are cut off. */
const MAX_CORRELATION_ID = 64;

/** A request that has found its endpoint, on its way through the gateway. */
export class Exchange implements Call {
  readonly headers: IncomingHeaders;
  readonly span: Span;
  readonly correlationId: string | undefined;
  readonly internal: boolean;
  auth: Auth | undefined;
  body: Uint8Array | undefined;
  /** A response that is not written yet: WebSocket handshakes make theirs only when refused. */
  private response: ServerResponse | (() => ServerResponse);

  constructor(
    private readonly gateway: Gateway,
    readonly req: IncomingMessage,
    res: ServerResponse | (() => ServerResponse),
    readonly endpoint: CompiledEndpoint,
    readonly params: readonly string[],
    readonly method: string,
    readonly path: string,
    readonly query: string,
    rawHeaders: readonly string[],
  ) {
    this.response = res;
    this.headers = new IncomingHeaders(rawHeaders, gateway.isPublic ? forwarding(req) : undefined, () =>
      formatTraceparent(this.span),
    );
    const { trace, internal, auth } = this.caller();
    this.internal = internal;
    this.auth = auth;
    this.correlationId = this.headers.first("x-correlation-id")?.slice(0, MAX_CORRELATION_ID);
    this.span = startSpan({
      kind: "server",
      name: `${method} ${endpoint.model.rawPath}`,
      service: endpoint.service,
      parent: trace,
    });
    if (this.span.recording) {
      this.span.setAttributes({
        "http.request.method": method,
        "http.route": endpoint.model.rawPath,
        "url.path": path,
      });
    }
  }

  /** Who sends the request. A gateway takes an unproven claim for an outsider's; a service alone refuses it. */
  private caller(): { trace: SpanContext | undefined; internal: boolean; auth: Auth | undefined } {
    const { headers, endpoint } = this;
    if (claimsCaller(headers)) {
      try {
        const meta = incomingMeta(headers);
        if (meta.callee !== undefined && meta.callee !== `${endpoint.service}.${endpoint.name}`) {
          throw new ApiError(
            "invalid_argument",
            "unable to parse request",
            `the call is signed for ${meta.callee}`,
          );
        }
        return meta;
      } catch (error) {
        if (!this.gateway.isPublic) throw error;
      }
    }
    const trace = parseTraceparent(headers.first("traceparent"), headers.first("tracestate"));
    return { trace, internal: false, auth: undefined };
  }

  get res(): ServerResponse {
    if (typeof this.response === "function") this.response = this.response();
    return this.response;
  }

  /** The gateway's own headers of the response. */
  gatewayHeaders(): string[] {
    const headers: string[] = [];
    this.gateway.cors?.apply(this.method, this.headers, headers);
    headers.push("x-encore-trace-id", encoreId(this.span.traceId));
    return headers;
  }

  respond(response: WireResponse): void {
    const encoding = this.gateway.isPublic && encodingFor(response, this.headers.first("accept-encoding"));
    if (!encoding) writeResponse(this.res, response, this.gatewayHeaders());
    else compress(response, encoding, (smaller) => writeResponse(this.res, smaller, this.gatewayHeaders()));
  }

  /** Answers an error. The span, when the request never reached a handler, ends with it. */
  fail(thrown: unknown): void {
    const error = coerceToApiError(thrown);
    this.respond(errorResponse(error, this.internal || this.gateway.showsInternals));
  }

  /** Answers an error of a request that never reached its handler. */
  refuse(thrown: unknown): void {
    const error = coerceToApiError(thrown);
    this.span.end(error);
    this.fail(error);
  }
}

function forwarding(req: IncomingMessage): Forwarding {
  return {
    clientAddress: req.socket.remoteAddress,
    proto: (req.socket as { encrypted?: boolean }).encrypted ? "https" : "http",
  };
}
