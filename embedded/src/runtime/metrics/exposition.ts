import { monitorEventLoopDelay } from "node:perf_hooks";
import { host } from "../host.js";
import { type MetricsRegistry, MetricType } from "./registry.js";
import { requestSnapshots } from "./request-metrics.js";

type Labels = [string, string][];

const eventLoop = monitorEventLoopDelay({ resolution: 20 });

/** Starts what is measured all the time; without it the event loop's delay is missing. */
export function startProcessMetrics(): void {
  eventLoop.enable();
}

/**
 * All metrics in Prometheus' text format 0.0.4: requests (names as on Encore,
 * plus a histogram), the app's own, the process.
 */
export function renderMetrics(registry: MetricsRegistry | undefined): string {
  const lines: string[] = [];
  const head = (name: string, type: string, help: string) =>
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);

  const requests = requestSnapshots();
  head("e_requests_total", "counter", "Requests by outcome.");
  for (const { service, endpoint, codes } of requests) {
    for (const [code, count] of codes)
      lines.push(
        sample(
          "e_requests_total",
          [
            ["service", service],
            ["endpoint", endpoint],
            ["code", code],
          ],
          count,
        ),
      );
  }
  head("e_request_duration_seconds", "histogram", "Time from a request's arrival to the end of its answer.");
  for (const { service, endpoint, buckets, sum, total } of requests) {
    const labels: Labels = [
      ["service", service],
      ["endpoint", endpoint],
    ];
    for (const [bound, count] of buckets)
      lines.push(sample("e_request_duration_seconds_bucket", [...labels, ["le", String(bound)]], count));
    lines.push(sample("e_request_duration_seconds_bucket", [...labels, ["le", "+Inf"]], total));
    lines.push(
      sample("e_request_duration_seconds_sum", labels, sum),
      sample("e_request_duration_seconds_count", labels, total),
    );
  }
  lines.push(...appMetrics(registry), ...processMetrics());
  return `${lines.join("\n")}\n`;
}

function appMetrics(registry: MetricsRegistry | undefined): string[] {
  const byName = Map.groupBy(registry?.collect() ?? [], ({ name }) => name);
  const docs = new Map(host().model.metrics.map(({ name, doc }) => [name, doc]));
  return [...byName].flatMap(([name, series]) => {
    const type = series[0]?.type === MetricType.Gauge ? "gauge" : "counter";
    const help = (docs.get(name) ?? "").replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
    return [
      `# HELP ${metricName(name)} ${help}`,
      `# TYPE ${metricName(name)} ${type}`,
      ...series.map(({ labels, value }) => sample(metricName(name), labels, value)),
    ];
  });
}

function processMetrics(): string[] {
  const { user, system } = process.cpuUsage();
  const memory = process.memoryUsage();
  const values: [name: string, type: string, help: string, value: number][] = [
    ["process_cpu_user_seconds_total", "counter", "User CPU time.", user / 1e6],
    ["process_cpu_system_seconds_total", "counter", "System CPU time.", system / 1e6],
    [
      "process_start_time_seconds",
      "gauge",
      "Start of the process, seconds since 1970.",
      Math.round(performance.timeOrigin / 1000),
    ],
    ["process_resident_memory_bytes", "gauge", "Resident memory.", memory.rss],
    ["nodejs_heap_size_total_bytes", "gauge", "Size of the JavaScript heap.", memory.heapTotal],
    ["nodejs_heap_size_used_bytes", "gauge", "JavaScript heap in use.", memory.heapUsed],
    ["nodejs_external_memory_bytes", "gauge", "Memory of buffers and native objects.", memory.external],
    [
      "nodejs_eventloop_lag_p50_seconds",
      "gauge",
      "Median delay of the event loop since the last reading.",
      lag(50),
    ],
    [
      "nodejs_eventloop_lag_p99_seconds",
      "gauge",
      "99th percentile of the event loop's delay since the last reading.",
      lag(99),
    ],
  ];
  eventLoop.reset();
  return values.flatMap(([name, type, help, value]) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    `${name} ${value}`,
  ]);
}

function lag(percentile: number): number {
  return eventLoop.percentile(percentile) / 1e9;
}

function sample(name: string, labels: Labels, value: number): string {
  const list = labels.map(([key, text]) => `${metricName(key)}="${escapeLabel(text)}"`).join(",");
  return `${name}${list ? `{${list}}` : ""} ${value}`;
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

/** Prometheus allows letters, digits and underscores. */
function metricName(name: string): string {
  return name.replace(/[^A-Za-z0-9_]/g, "_").replace(/^(?=\d)/, "_");
}
