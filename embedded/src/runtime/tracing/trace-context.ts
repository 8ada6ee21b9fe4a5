/** What identifies a span across processes (W3C Trace Context, https://www.w3.org/TR/trace-context/). */
export interface SpanContext {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16 lower-case hex digits. */
  readonly spanId: string;
  /** Whether the trace is recorded; decided once, at its root. */
  readonly sampled: boolean;
  /** Vendor data, passed on as it came. */
  readonly traceState?: string;
}

const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/;
/** Of version 00; later versions may have more after it. */
const LENGTH = 55;
const NO_TRACE = "0".repeat(32);
const NO_SPAN = "0".repeat(16);
const MAX_TRACE_STATE = 512;

/** Reads `traceparent` and `tracestate` headers; undefined when they are missing or malformed. */
export function parseTraceparent(header: string | undefined, traceState?: string): SpanContext | undefined {
  const text = header?.trim();
  if (text === undefined || !TRACEPARENT.test(text)) return undefined;
  if (text.startsWith("ff") || (text.startsWith("00") && text.length > LENGTH)) return undefined;
  const traceId = text.slice(3, 35);
  const spanId = text.slice(36, 52);
  if (traceId === NO_TRACE || spanId === NO_SPAN) return undefined;
  return {
    traceId,
    spanId,
    sampled: (Number.parseInt(text.slice(53, LENGTH), 16) & 1) === 1,
    traceState: traceState && traceState.length <= MAX_TRACE_STATE ? traceState : undefined,
  };
}

/** The `traceparent` header that makes `context` the parent of what the receiver does. */
export function formatTraceparent(context: SpanContext): string {
  return `00-${context.traceId}-${context.spanId}-${context.sampled ? "01" : "00"}`;
}
