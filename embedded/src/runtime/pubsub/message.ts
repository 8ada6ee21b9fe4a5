import type { OutgoingMessage } from "../../providers/pubsub/provider.js";
import { formatTraceparent, parseTraceparent, type SpanContext } from "../tracing/trace-context.js";

const TRACEPARENT = "traceparent";
const TRACESTATE = "tracestate";
const CORRELATION_ID = "x-correlation-id";

/** What a message carries besides its body, so that handling it continues the publisher's trace. */
export interface MessageContext {
  trace: SpanContext | undefined;
  correlationId: string | undefined;
}

/** Writes the context as message headers. */
export function contextHeaders(
  trace: SpanContext,
  correlationId: string | undefined,
): OutgoingMessage["headers"] {
  const headers: Record<string, string> = { [TRACEPARENT]: formatTraceparent(trace) };
  if (trace.traceState !== undefined) headers[TRACESTATE] = trace.traceState;
  if (correlationId !== undefined) headers[CORRELATION_ID] = correlationId;
  return headers;
}

/** Reads what `contextHeaders` wrote. */
export function messageContext(headers: OutgoingMessage["headers"]): MessageContext {
  return {
    trace: parseTraceparent(headers[TRACEPARENT], headers[TRACESTATE]),
    correlationId: headers[CORRELATION_ID],
  };
}
