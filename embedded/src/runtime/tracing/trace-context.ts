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

const TRACEPARENT =
  /^(?<version>[0-9a-f]{2})-(?<traceId>[0-9a-f]{32})-(?<spanId>[0-9a-f]{16})-(?<flags>[0-9a-f]{2})(?<rest>-.*)?$/;
const ZEROS = /^0+$/;
const MAX_TRACE_STATE = 512;

/** Reads `traceparent` and `tracestate` headers; undefined when they are missing or malformed. */
export function parseTraceparent(header: string | undefined, traceState?: string): SpanContext | undefined {
  const groups = header === undefined ? undefined : TRACEPARENT.exec(header.trim())?.groups;
  if (!groups) return undefined;
  const { version, traceId = "", spanId = "", flags = "", rest } = groups;
  if (version === "ff" || (version === "00" && rest !== undefined)) return undefined;
  if (ZEROS.test(traceId) || ZEROS.test(spanId)) return undefined;
  return {
    traceId,
    spanId,
    sampled: (Number.parseInt(flags, 16) & 1) === 1,
    traceState: traceState && traceState.length <= MAX_TRACE_STATE ? traceState : undefined,
  };
}

/** The `traceparent` header that makes `context` the parent of what the receiver does. */
export function formatTraceparent(context: SpanContext): string {
  return `00-${context.traceId}-${context.spanId}-${context.sampled ? "01" : "00"}`;
}
