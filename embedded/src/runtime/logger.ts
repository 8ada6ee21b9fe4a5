import type { ApiError } from "./errors.js";
import { host } from "./host.js";
import {
  clip,
  type Entry,
  type Fields,
  jsonLine,
  LEVELS,
  type LevelName,
  type LogContext,
  textLine,
} from "./log-format.js";
import { writeLine } from "./log-sink.js";
import type { Request } from "./request.js";

/** The contract's numbering. */
export enum LogLevel {
  Trace = 1,
  Debug = 2,
  Info = 3,
  Warn = 4,
  Error = 5,
}

/** A logger of the contract: `log()` with the request that is being handled, fields that every entry carries. */
export class Logger {
  readonly #threshold: number;
  readonly #fields: Fields | undefined;

  constructor(level?: LogLevel, fields?: Fields) {
    this.#threshold = level ?? LEVELS.indexOf(configuredLevel()) + 1;
    this.#fields = fields;
  }

  log(
    request: Request | undefined | null,
    level: LogLevel,
    msg: string,
    error?: Error,
    caller?: string,
    fields?: Fields,
  ): void {
    if (level < this.#threshold) return;
    let own = this.#fields === undefined ? fields : { ...this.#fields, ...fields };
    if (caller !== undefined) own = { ...own, caller };
    format ??= configuredFormat();
    const line = format({
      level: LEVELS[level - 1] ?? "info",
      message: clip(msg),
      ...(error
        ? { error: { message: clip(String(error.message ?? error)), stack: error.stack } }
        : undefined),
      fields: own,
      context: request ? contextOf(request) : undefined,
    });
    writeLine(line);
  }

  withLevel(level: LogLevel): Logger {
    return new Logger(level, this.#fields);
  }

  with(fields: Fields): Logger {
    return new Logger(this.#threshold, { ...this.#fields, ...fields });
  }
}

let format: ((entry: Entry) => string) | undefined;

let root: Logger | undefined;

/** The logger that the app's own logger stands on. */
export function rootLogger(): Logger {
  return (root ??= new Logger());
}

/** Logs a finding of the host itself. */
export function info(message: string, fields?: Fields): void {
  rootLogger().log(null, LogLevel.Info, message, undefined, undefined, fields);
}

/** Logs something of the host that deserves a look. */
export function warn(message: string, fields?: Fields, error?: Error): void {
  rootLogger().log(null, LogLevel.Warn, message, error, undefined, fields);
}

/** Logs a failure of the host. */
export function logError(message: string, error: unknown, fields?: Fields): void {
  rootLogger().log(
    null,
    LogLevel.Error,
    message,
    error instanceof Error ? error : new Error(String(error)),
    undefined,
    fields,
  );
}

/** A request enters its handler. */
export function logRequestStart(request: Request): void {
  rootLogger().log(request, LogLevel.Info, "starting request");
}

/** A request has been answered. */
export function logRequestEnd(request: Request, durationMs: number, code: string): void {
  rootLogger().log(request, LogLevel.Info, "request completed", undefined, undefined, {
    duration: Math.round(durationMs * 1000) / 1000,
    code,
  });
}

/** A request failed. The stack is the one of what the handler threw. */
export function logRequestFailed(request: Request, error: ApiError): void {
  const internal = error.internalMessage ? { internal: clip(error.internalMessage) } : {};
  rootLogger().log(request, LogLevel.Error, "request failed", error, undefined, {
    code: error.code,
    ...internal,
  });
}

/** Before there is a configuration (in a tool or a unit test): text. */
function configuredFormat(): (entry: Entry) => string {
  if (process.env.AXION_HOST_CONFIG && host().config.logs.format === "json") return jsonLine;
  const colour =
    process.env.NO_COLOR === undefined &&
    (process.stderr.isTTY === true || process.env.FORCE_COLOR !== undefined);
  return (entry) => textLine(entry, colour);
}

function configuredLevel(): LevelName {
  return process.env.AXION_HOST_CONFIG ? host().config.logs.level : "info";
}

function contextOf(request: Request): LogContext {
  const { data, span, correlationId } = request;
  const context: LogContext = { service: request.service, trace_id: span.traceId, span_id: span.spanId };
  if (data.kind === "pubsub") {
    context.topic = data.topic;
    context.subscription = data.subscription;
  } else context.endpoint = request.endpoint;
  const { auth } = request;
  if (auth !== undefined) context.uid = auth.uid;
  if (correlationId !== undefined) context.x_correlation_id = correlationId;
  return context;
}
