import { newSpanId, newTraceId } from "./ids.js";
import type { SpanContext } from "./trace-context.js";

/** OpenTelemetry's span kinds: a request handled, a call or query made, a message published, a message handled, other work. */
export type SpanKind = "server" | "client" | "producer" | "consumer" | "internal";

export type SpanAttributes = Record<string, string | number | boolean | undefined>;

export interface SpanOptions {
  kind: SpanKind;
  /** What is done, with few distinct values: `GET /items/:id`, `items.get`, `orders publish`. */
  name: string;
  /** The Encore service that does it; becomes `service.name`. */
  service?: string;
  /** Absent: the span is the root of a new trace. */
  parent?: SpanContext;
  /** Names follow OpenTelemetry's semantic conventions. Read at the end of the span. */
  attributes?: SpanAttributes;
}

/** Takes finished spans of sampled traces. */
export interface SpanRecorder {
  /** Decides for a new trace. */
  sample(traceId: string): boolean;
  record(span: FinishedSpan): void;
}

export interface FinishedSpan extends SpanOptions {
  context: SpanContext;
  /** Milliseconds since the epoch, with a fraction. */
  startMs: number;
  endMs: number;
  /** Absent: it went well. */
  error?: unknown;
}

let recorder: SpanRecorder | undefined;

/** Sets where finished spans go; without one, spans only carry ids. */
export function setSpanRecorder(next: SpanRecorder | undefined): void {
  recorder = next;
}

const now = (): number => performance.timeOrigin + performance.now();

/** Work under way. Its ids are the parent of whatever is done inside it. End it exactly once. */
export class Span implements SpanContext {
  readonly traceId: string;
  readonly spanId = newSpanId();
  readonly sampled: boolean;
  /** True when the span will be exported: only then are attributes worth computing. */
  readonly recording: boolean;
  private readonly startMs: number;

  constructor(private readonly options: SpanOptions) {
    const parent = options.parent;
    this.traceId = parent?.traceId ?? newTraceId();
    this.sampled = parent ? parent.sampled : (recorder?.sample(this.traceId) ?? false);
    this.recording = this.sampled && recorder !== undefined;
    this.startMs = this.recording ? now() : 0;
  }

  get parentSpanId(): string | undefined {
    return this.options.parent?.spanId;
  }

  get traceState(): string | undefined {
    return this.options.parent?.traceState;
  }

  /** Adds attributes known only later (a status code, a row count). */
  setAttributes(attributes: SpanAttributes): void {
    if (this.recording) this.options.attributes = { ...this.options.attributes, ...attributes };
  }

  /** Ends the span, as failed when there is an error. */
  end(error?: unknown): void {
    if (!this.recording) return;
    const { traceId, spanId, sampled, traceState } = this;
    recorder?.record({
      ...this.options,
      context: { traceId, spanId, sampled, traceState },
      startMs: this.startMs,
      endMs: now(),
      error,
    });
  }
}

/** Starts a span: a child of `parent`, or the root of a new trace. Costs its ids alone when nothing is exported. */
export function startSpan(options: SpanOptions): Span {
  return new Span(options);
}
