import type { HostConfig } from "../../runtime/host-config.js";
import type { Settings } from "./settings.js";

const LEVELS = ["trace", "debug", "info", "warn", "error"] as const;

/** How the process logs: `AXION_LOG` or `log_config` for the level, `AXION_LOG_FORMAT` for the form. */
export function logSettings(settings: Settings, problems: string[]): HostConfig["logs"] {
  const { env, infra } = settings;
  const wanted = env.AXION_LOG ?? env.ENCORE_LOG ?? infra.log_config ?? "info";
  // Encore takes a filter such as `info,sqlx=warn`: its first part without `=` is the level of the app.
  const level = LEVELS.find((name) =>
    wanted
      .toLowerCase()
      .split(",")
      .some((part) => part.trim() === name),
  );
  if (level === undefined) problems.push(`log level "${wanted}" is none of ${LEVELS.join(", ")}`);
  const format = env.AXION_LOG_FORMAT ?? (process.stderr.isTTY ? "text" : "json");
  if (format !== "text" && format !== "json")
    problems.push(`AXION_LOG_FORMAT "${format}" is neither text nor json`);
  return { level: level ?? "info", format: format === "text" ? "text" : "json" };
}

/** Export of traces, by OpenTelemetry's own variables. */
export function tracingSettings(settings: Settings, problems: string[]): HostConfig["tracing"] {
  const { env } = settings;
  const direct = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT;
  const base = env.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (!direct && !base) return undefined;
  const otlpEndpoint = direct || `${base?.replace(/\/+$/, "")}/v1/traces`;
  if (!URL.canParse(otlpEndpoint)) problems.push(`the OTLP endpoint "${otlpEndpoint}" is not a URL`);
  const sampleRate = Number(env.OTEL_TRACES_SAMPLER_ARG ?? 1);
  if (!(sampleRate >= 0 && sampleRate <= 1))
    problems.push(`OTEL_TRACES_SAMPLER_ARG "${env.OTEL_TRACES_SAMPLER_ARG}" is not a number from 0 to 1`);
  return {
    otlpEndpoint,
    headers: headers(env.OTEL_EXPORTER_OTLP_TRACES_HEADERS ?? env.OTEL_EXPORTER_OTLP_HEADERS),
    sampleRate,
  };
}

/** `name=value,name=value`, percent-encoded. */
function headers(text: string | undefined): Record<string, string> {
  const pairs = (text ?? "").split(",").flatMap((pair) => {
    const at = pair.indexOf("=");
    return at > 0 ? [[pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())]] : [];
  });
  return Object.fromEntries(pairs) as Record<string, string>;
}
