/** A log entry's fields in the order in which they are written. */
export type Fields = Record<string, unknown>;

export interface Entry {
  level: LevelName;
  message: string;
  error?: { message: string; stack?: string };
  fields: Fields | undefined;
  /** What tells the entries of a request apart. */
  context: LogContext | undefined;
}

/** Part of every entry that belongs to a request. */
export interface LogContext {
  service: string;
  endpoint?: string;
  topic?: string;
  subscription?: string;
  uid?: string;
  /** Hexadecimal. */
  trace_id: string;
  span_id: string;
  x_correlation_id?: string;
}

export type LevelName = "trace" | "debug" | "info" | "warn" | "error";

export const LEVELS: readonly LevelName[] = ["trace", "debug", "info", "warn", "error"];

/** Nesting and length beyond which a logged value is cut: a log line is no place for a whole document. */
const MAX_DEPTH = 10;
const MAX_TEXT = 64 * 1024;

/** Names that an entry has of its own; a field of the app that is called so must not appear beside it. */
const RESERVED = new Set([
  "level",
  "time",
  "message",
  "error",
  "stack",
  "service",
  "endpoint",
  "topic",
  "subscription",
  "uid",
  "trace_id",
  "span_id",
  "x_correlation_id",
]);

/** One line of JSON, with the field names of Encore's own logs. Put together from parts: two such lines belong to every request. */
export function jsonLine(entry: Entry): string {
  const { level, message, error, fields, context } = entry;
  let line = `{"level":"${level}","time":"${isoNow()}","message":${JSON.stringify(message)}`;
  if (fields !== undefined) line += fieldsJson(fields);
  if (context !== undefined) line += contextJson(context);
  if (error !== undefined) {
    line += `,"error":${JSON.stringify(error.message)}`;
    if (error.stack) line += `,"stack":${JSON.stringify(error.stack)}`;
  }
  return `${line}}\n`;
}

let lastMs = 0;
let lastIso = "";

function isoNow(): string {
  const now = Date.now();
  if (now !== lastMs) {
    lastMs = now;
    lastIso = new Date(now).toISOString();
  }
  return lastIso;
}

function fieldsJson(fields: Fields): string {
  let own = fields;
  for (const name in fields) {
    if (!RESERVED.has(name)) continue;
    own = Object.fromEntries(Object.entries(fields).filter(([key]) => !RESERVED.has(key)));
    break;
  }
  let json: string;
  try {
    json = JSON.stringify(own);
  } catch {
    json = JSON.stringify(plain(own));
  }
  return json.length > 2 ? `,${json.slice(1, -1)}` : "";
}

/** By service and endpoint: the same for all requests of an endpoint. */
const places = new Map<string, Map<string, string>>();
const NOWHERE = "";

function contextJson(context: LogContext): string {
  const { service, endpoint, topic, subscription, uid, trace_id, span_id, x_correlation_id } = context;
  let ofService = places.get(service);
  if (ofService === undefined) places.set(service, (ofService = new Map()));
  const key = endpoint ?? `${topic ?? NOWHERE}\n${subscription ?? NOWHERE}`;
  let place = ofService.get(key);
  if (place === undefined)
    ofService.set(key, (place = JSON.stringify({ service, endpoint, topic, subscription }).slice(1, -1)));
  const who = uid === undefined ? "" : `,"uid":${JSON.stringify(uid)}`;
  const correlation =
    x_correlation_id === undefined ? "" : `,"x_correlation_id":${JSON.stringify(x_correlation_id)}`;
  return `,${place}${who},"trace_id":"${trace_id}","span_id":"${span_id}"${correlation}`;
}

const COLOURS: Record<LevelName, string> = {
  trace: "35",
  debug: "33",
  info: "32",
  warn: "31",
  error: "1;31",
};
const SHORT: Record<LevelName, string> = {
  trace: "TRC",
  debug: "DBG",
  info: "INF",
  warn: "WRN",
  error: "ERR",
};

/** A line for people: time, level, message, fields; an error's stack below. */
export function textLine(entry: Entry, colour: boolean): string {
  const paint = (code: string, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const now = new Date();
  const clock = [now.getHours(), now.getMinutes(), now.getSeconds()]
    .map((part) => String(part).padStart(2, "0"))
    .join(":");
  const parts = [paint("90", clock), paint(COLOURS[entry.level], SHORT[entry.level]), entry.message];
  if (entry.error) parts.push(`${paint("36", "error=")}${paint("31", fieldText(entry.error.message))}`);
  for (const [name, value] of Object.entries({ ...entry.fields, ...entry.context }))
    if (value !== undefined) parts.push(`${paint("36", `${name}=`)}${fieldText(value)}`);
  const stack = entry.error?.stack?.split("\n").filter((line) => line.trimStart().startsWith("at "));
  return `${[parts.join(" "), ...(stack ?? []).map((line) => paint("90", line))].join("\n")}\n`;
}

function fieldText(value: unknown): string {
  if (typeof value === "string") return /[\s"\\]/.test(value) || value === "" ? JSON.stringify(value) : value;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return JSON.stringify(plain({ value }).value);
  }
}

/** What JSON can hold of a value that it refuses: bigints as text, circles and functions named. */
function plain(fields: Fields): Fields {
  const open = new Set<object>();
  const convert = (value: unknown, depth: number): unknown => {
    if (typeof value === "bigint" || typeof value === "symbol") return String(value);
    if (typeof value === "function") return `[function ${value.name}]`;
    if (typeof value !== "object" || value === null) return value;
    if (open.has(value)) return "[circular]";
    if (depth > MAX_DEPTH) return "[too deep]";
    if ("toJSON" in value && typeof value.toJSON === "function") return String(value);
    open.add(value);
    const copy = Array.isArray(value)
      ? value.map((item) => convert(item, depth + 1))
      : Object.fromEntries(Object.entries(value).map(([key, item]) => [key, convert(item, depth + 1)]));
    open.delete(value);
    return copy;
  };
  return convert(fields, 0) as Fields;
}

/** Cuts texts that would make a line unreadable. */
export function clip(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}… (${text.length} characters)` : text;
}
