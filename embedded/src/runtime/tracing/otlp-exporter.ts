import { createTraceState, type HrTime, SpanKind, SpanStatusCode, TraceFlags } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { type Resource, resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, type ReadableSpan } from "@opentelemetry/sdk-trace";
import type { HostConfig } from "../host-config.js";
import type { FinishedSpan } from "./span.js";
import type { SpanContext } from "./trace-context.js";

const KINDS = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
};
const SCOPE = { name: "axion-embedded" };
const WARN_EVERY_MS = 60_000;

/** Sends finished spans in batches to an OpenTelemetry collector, as OTLP over HTTP with JSON bodies. */
export function otlpExporter(options: {
  endpoint: string;
  headers?: Record<string, string>;
  meta: HostConfig["meta"];
  warn: (message: string) => void;
}): { record(span: FinishedSpan): void; shutdown(): Promise<void> } {
  const exporter = new OTLPTraceExporter({ url: tracesUrl(options.endpoint), headers: options.headers });
  let warnedAt = Number.NEGATIVE_INFINITY;
  const processor = new BatchSpanProcessor({
    exporter: {
      export: (spans, done) =>
        exporter.export(spans, (result) => {
          if (result.error && performance.now() - warnedAt >= WARN_EVERY_MS) {
            warnedAt = performance.now();
            options.warn(`traces could not be sent to ${options.endpoint}: ${result.error.message}`);
          }
          done({ code: 0 }); // handled: the batch is given up
        }),
      shutdown: () => exporter.shutdown(),
    },
    scheduledDelayMillis: 1_000,
    maxQueueSize: 8_192,
  });
  const resources = resourceCache(options.meta);
  return {
    record: (span) => processor.onEnd(readableSpan(span, resources(span.service))),
    shutdown: () => processor.shutdown(),
  };
}

/** A collector's address is given with or without the path of traces. */
function tracesUrl(endpoint: string): string {
  return /\/v1\/traces\/?$/.test(endpoint) ? endpoint : `${endpoint.replace(/\/+$/, "")}/v1/traces`;
}

/** One resource a service: a trace names the services it went through, though they share a process. */
function resourceCache(meta: HostConfig["meta"]): (service: string | undefined) => Resource {
  const cache = new Map<string, Resource>();
  return (service) => {
    const name = service ?? meta.appId;
    let resource = cache.get(name);
    if (!resource) {
      resource = resourceFromAttributes({
        "service.name": name,
        "service.namespace": meta.appId,
        "service.version": meta.revision,
        "deployment.environment.name": meta.envName,
        "process.pid": process.pid,
      });
      cache.set(name, resource);
    }
    return resource;
  };
}

function readableSpan(span: FinishedSpan, resource: Resource): ReadableSpan {
  const failed = span.error !== undefined;
  const endTime = hrTime(span.endMs);
  const error = span.error instanceof Error ? span.error : failed ? new Error(String(span.error)) : undefined;
  return {
    name: span.name,
    kind: KINDS[span.kind],
    spanContext: () => otelContext(span.context),
    parentSpanContext: span.parent && otelContext(span.parent),
    startTime: hrTime(span.startMs),
    endTime,
    duration: hrTime(span.endMs - span.startMs),
    status: error ? { code: SpanStatusCode.ERROR, message: error.message } : { code: SpanStatusCode.UNSET },
    attributes: span.attributes ?? {},
    links: [],
    events: error
      ? [
          {
            name: "exception",
            time: endTime,
            attributes: {
              "exception.type": error.name,
              "exception.message": error.message,
              "exception.stacktrace": error.stack,
            },
          },
        ]
      : [],
    ended: true,
    resource,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function otelContext(context: SpanContext): ReturnType<ReadableSpan["spanContext"]> {
  return {
    traceId: context.traceId,
    spanId: context.spanId,
    traceFlags: context.sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    traceState: context.traceState === undefined ? undefined : createTraceState(context.traceState),
  };
}

function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}
