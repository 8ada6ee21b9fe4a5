import type { FeatureOf } from "./feature.js";

/** Traces over services: W3C trace context always, OpenTelemetry where somebody collects it. */
export const telemetry: FeatureOf = () => ({
  files: ["telemetry", "tracing"].map((name) => ({ path: `src/${name}.ts`, template: `src/${name}.ts` })),
  packages: [
    "@opentelemetry/api",
    "@opentelemetry/exporter-trace-otlp-http",
    "@opentelemetry/resources",
    "@opentelemetry/sdk-trace",
  ],
  config: [
    {
      name: "OTEL_EXPORTER_OTLP_ENDPOINT",
      schema: "address",
      optional: true,
      description:
        "Where traces are sent by OTLP over HTTP, e.g. http://jaeger:4318; nowhere where this is not set.",
    },
  ],
  start: [{ module: "./telemetry.js", name: "startTelemetry", call: "await startTelemetry()" }],
  stop: [{ module: "./telemetry.js", name: "stopTelemetry", call: "await stopTelemetry()" }],
});
