import type { DeliveredMessage } from "../providers/pubsub/provider.js";
import { encoreId } from "./encore-id.js";
import type { IncomingHeaders } from "./http/incoming-headers.js";
import { writeJson } from "./schema/write-json.js";
import type { Span } from "./tracing/span.js";

type Fields = Record<string, unknown>;

/** Who makes a request. */
export interface Auth {
  uid: string;
  data: Fields;
}

/** What `currentRequest()` tells of an endpoint. */
export interface ApiDescription {
  service: string;
  endpoint: string;
  raw: boolean;
  requiresAuth: boolean;
  tags: string[];
}

/** A call of an endpoint; `stream` marks the handshake of a WebSocket. */
export interface ApiRequest {
  kind: "api" | "stream";
  api: ApiDescription;
  method: string;
  path: string;
  pathAndQuery: string;
  pathParams: Fields | undefined;
  /** Null: the handler takes no payload argument. */
  payload: Fields | null;
  headers: IncomingHeaders;
  auth: Auth | undefined;
}

/** A call of the auth handler. */
export interface AuthRequest {
  kind: "auth";
  service: string;
  endpoint: string;
  payload: Fields;
}

/** The delivery of a message. */
export interface PubSubRequest {
  kind: "pubsub";
  service: string;
  topic: string;
  subscription: string;
  message: Pick<DeliveredMessage, "id" | "publishedAt" | "attempt">;
  payload: Fields | null;
}

/** Where and how a request stands in its trace. */
export interface RequestContext {
  span: Span;
  /** `x-correlation-id`, as the caller gave it. */
  correlationId?: string;
}

/** What a handler gets from the runtime: its payload, who asks, and what `currentRequest()` shows. */
export class Request {
  readonly startedAt = Date.now();
  /** On the clock of `performance.now()`, for durations. */
  readonly startedAtMs = performance.now();
  readonly span: Span;
  readonly correlationId: string | undefined;
  /** Set by the SDK from `req.data` of the middlewares. */
  middlewareData: unknown;

  constructor(
    readonly data: ApiRequest | AuthRequest | PubSubRequest,
    context: RequestContext,
  ) {
    this.span = context.span;
    this.correlationId = context.correlationId;
    this.middlewareData = undefined;
  }

  /** The service that handles the request. */
  get service(): string {
    return "api" in this.data ? this.data.api.service : this.data.service;
  }

  /** The endpoint, auth handler or subscription that handles the request. */
  get endpoint(): string {
    const { data } = this;
    if ("api" in data) return data.api.endpoint;
    return data.kind === "auth" ? data.endpoint : data.subscription;
  }

  /** Who makes the request, if anybody is known. */
  get auth(): Auth | undefined {
    return "api" in this.data ? this.data.auth : undefined;
  }

  payload(): Fields | null {
    return this.data.payload;
  }

  getAuthData(): Fields | null {
    return this.auth?.data ?? null;
  }

  /** Computed on demand: few handlers ask. */
  meta(): Fields {
    const { data, span } = this;
    return {
      startedAt: `${new Date(this.startedAt).toISOString().slice(0, -5)}Z`,
      trace: {
        traceId: encoreId(span.traceId),
        spanId: encoreId(span.spanId),
        parentSpanId: span.parentSpanId && encoreId(span.parentSpanId),
        extCorrelationId: this.correlationId,
      },
      apiCall: "api" in data ? apiCallMeta(data) : undefined,
      pubsubMessage: data.kind === "pubsub" ? pubsubMeta(data) : undefined,
    };
  }
}

function apiCallMeta(data: ApiRequest): Fields {
  return {
    api: data.api,
    method: data.method,
    path: data.path,
    pathAndQuery: data.pathAndQuery,
    pathParams: asJson(data.pathParams),
    parsedPayload: asJson(data.payload ?? undefined),
    headers: data.kind === "stream" ? {} : data.headers.toRecord(),
  };
}

function pubsubMeta(data: PubSubRequest): Fields {
  return {
    service: data.service,
    topic: data.topic,
    subscription: data.subscription,
    id: data.message.id,
    publishedAt: `${data.message.publishedAt.toISOString().slice(0, -5)}Z`,
    deliveryAttempt: data.message.attempt,
    parsedPayload: data.payload ?? undefined,
  };
}

function asJson(fields: Fields | undefined): Fields | undefined {
  return fields && (JSON.parse(writeJson(fields)) as Fields);
}
