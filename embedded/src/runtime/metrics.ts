import { renderMetrics as render, startProcessMetrics } from "./metrics/exposition.js";
import { MetricsRegistry } from "./metrics/registry.js";

export { MetricsRegistry, MetricType } from "./metrics/registry.js";
export { requestFinished } from "./metrics/request-metrics.js";

let registry: MetricsRegistry | undefined;

/** Called by the SDK on the main thread, with its shared buffer, before any worker starts. */
export function createMetricsRegistry(buffer: object): void {
  registry = new MetricsRegistry(buffer as BigUint64Array);
  startProcessMetrics();
}

/** The registry of this thread. */
export function getMetricsRegistry(): MetricsRegistry {
  return (registry ??= new MetricsRegistry());
}

/** All metrics of this process in Prometheus' text format (`text/plain; version=0.0.4`). */
export function renderMetrics(): string {
  return render(registry);
}
