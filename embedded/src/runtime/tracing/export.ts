import type { HostConfig } from "../host-config.js";
import { type FinishedSpan, setSpanRecorder } from "./span.js";

/** Finished spans kept while the exporter is being loaded. */
const MAX_WAITING = 2048;
const FLUSH_TIMEOUT_MS = 5_000;

interface Exporter {
  record(span: FinishedSpan): void;
  shutdown(): Promise<void>;
}

let exporter: Promise<Exporter> | undefined;

/**
 * Starts exporting spans over OTLP when the host is configured to; otherwise
 * does nothing, and nothing of OpenTelemetry is loaded. `warn` gets export
 * failures, at most one a minute.
 */
export function startTraceExport(
  config: Pick<HostConfig, "tracing" | "meta">,
  warn: (message: string) => void,
): void {
  const { tracing } = config;
  if (!tracing || exporter) return;
  const waiting: FinishedSpan[] = [];
  const sample = ratioSampler(tracing.sampleRate);
  setSpanRecorder({ sample, record: (span) => void (waiting.length < MAX_WAITING && waiting.push(span)) });
  exporter = import("./otlp-exporter.js").then(({ otlpExporter }) => {
    const loaded = otlpExporter({
      endpoint: tracing.otlpEndpoint,
      headers: tracing.headers,
      meta: config.meta,
      warn,
    });
    for (const span of waiting) loaded.record(span);
    setSpanRecorder({ sample, record: loaded.record });
    return loaded;
  });
  exporter.catch((error: unknown) => warn(`traces are not exported: ${String(error)}`));
}

/** Sends what is still waiting, within 5 s, and stops exporting. */
export async function stopTraceExport(): Promise<void> {
  const stopping = exporter;
  exporter = undefined;
  setSpanRecorder(undefined);
  if (!stopping) return;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, FLUSH_TIMEOUT_MS);
  });
  const flushed = stopping.then((loaded) => loaded.shutdown()).catch(() => undefined); // warned of already
  await Promise.race([flushed, timeout]);
  clearTimeout(timer);
}

/** Takes a share of all traces, the same ones in every process (by the random tail of the trace id). */
function ratioSampler(rate: number): (traceId: string) => boolean {
  const limit = rate * 0x1_0000_0000;
  return (traceId) => Number.parseInt(traceId.slice(-8), 16) < limit;
}
