import type { IncomingHttpHeaders } from "node:http";
import type { IndexedCloudEvent, RejectedCloudEvent } from "../../event-management/ingestion/types.js";
import { type JsonObject, largestEvent, parseCloudEvent } from "./cloud-event.js";
import { EventProblem, RequestProblem } from "./event-problem.js";

/** Largest body of a request, a batch included. */
export const largestBody = 8 * 1024 * 1024;
const mostEvents = 1_000;

/** What a request brought. */
export interface ReadEvents {
  /** Whether the request was a batch, whose events are told apart by their places. */
  batch: boolean;
  events: IndexedCloudEvent[];
  rejected: RejectedCloudEvent[];
}

/**
 * Reads the CloudEvents of an HTTP request (HTTP protocol binding 1.0.2): structured, batched, or binary with the
 * attributes in headers. JSON under its own media type is taken for the structured form.
 */
export function readEvents(headers: IncomingHttpHeaders, body: Buffer): ReadEvents {
  const mediaType = (headers["content-type"] ?? "").split(";")[0]!.trim().toLowerCase();
  switch (mediaType) {
    case "application/cloudevents+json":
      return readOne(parseJson(body), body.length);
    case "application/cloudevents-batch+json":
      return readBatch(parseJson(body));
  }
  if (mediaType.startsWith("application/cloudevents")) {
    const message = "Events are taken as application/cloudevents+json or application/cloudevents-batch+json.";
    throw new RequestProblem(415, "media_type_unsupported", message);
  }
  if (headers["ce-specversion"] !== undefined) return readOne(binaryEvent(headers, body), body.length);
  if (mediaType === "application/json") {
    const value = parseJson(body);
    return Array.isArray(value) ? readBatch(value) : readOne(value, body.length);
  }
  throw new RequestProblem(
    415,
    "media_type_unsupported",
    "Send application/cloudevents+json, application/cloudevents-batch+json, or any data with ce- headers.",
  );
}

function readOne(value: unknown, size: number): ReadEvents {
  const { events, rejected } = readEach([{ value, size }], () => "");
  return { batch: false, events, rejected };
}

function readBatch(value: unknown): ReadEvents {
  if (!Array.isArray(value))
    throw new RequestProblem(400, "batch_invalid", "A batch must be a JSON array of events.");
  if (value.length > mostEvents) {
    throw new RequestProblem(
      413,
      "batch_too_large",
      `A batch has at most ${mostEvents} events, this one ${value.length}.`,
    );
  }
  const items = value.map((item: unknown) => ({ value: item, size: sizeOf(item) }));
  return { batch: true, ...readEach(items, (index) => `[${index}]`) };
}

function readEach(
  items: { value: unknown; size: number }[],
  pathOf: (index: number) => string,
): Pick<ReadEvents, "events" | "rejected"> {
  const events: IndexedCloudEvent[] = [];
  const rejected: RejectedCloudEvent[] = [];
  for (const [index, { value, size }] of items.entries()) {
    try {
      if (size > largestEvent) {
        throw new EventProblem(
          "",
          "too_large",
          `An event has at most ${largestEvent} bytes, this one ${size}.`,
        );
      }
      events.push({ index, event: parseCloudEvent(value) });
    } catch (error) {
      if (!(error instanceof EventProblem)) throw error;
      const { path, reason, message } = error;
      const prefix = pathOf(index);
      const full = prefix === "" || path === "" ? `${prefix}${path}` : `${prefix}.${path}`;
      rejected.push({ index, ...toldOf(value), path: full, reason, message });
    }
  }
  return { events, rejected };
}

/** Source and id of an event that was not accepted, as far as they can be told. */
function toldOf(value: unknown): { source?: string; id?: string } {
  const { source, id } = (typeof value === "object" && value !== null ? value : {}) as JsonObject;
  return {
    ...(typeof source === "string" && { source: source.slice(0, 200) }),
    ...(typeof id === "string" && { id: id.slice(0, 200) }),
  };
}

function sizeOf(value: unknown): number {
  try {
    return Buffer.byteLength(JSON.stringify(value) ?? "");
  } catch {
    // Nested too deeply even to be written.
    return Number.MAX_SAFE_INTEGER;
  }
}

/** The event of a request in binary form. */
function binaryEvent(headers: IncomingHttpHeaders, body: Buffer): JsonObject {
  const event: JsonObject = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith("ce-") || value === undefined) continue;
    event[name.slice("ce-".length)] = decodeHeader([value].flat().join(","));
  }
  // Data stands in the body alone.
  for (const name of ["data", "data_base64", "datacontenttype"]) delete event[name];
  const contentType = headers["content-type"];
  if (contentType !== undefined) event.datacontenttype = contentType;
  if (body.length === 0) return event;
  if (isJson(contentType)) event.data = parseJson(body);
  else {
    const text = isText(contentType) ? decodeUtf8(body) : undefined;
    if (text === undefined) event.data_base64 = body.toString("base64");
    else event.data = text;
  }
  return event;
}

/** The value of an attribute in a header: quoted or not, percent-encoded (HTTP protocol binding, 3.1.3.2). */
function decodeHeader(value: string): string {
  const quoted = /^"(.*)"$/s.exec(value.trim())?.[1];
  const text = quoted === undefined ? value.trim() : quoted.replaceAll(/\\(.)/g, "$1");
  try {
    return decodeURIComponent(text.replaceAll(/%(?![0-9a-fA-F]{2})/g, "%25"));
  } catch {
    return text;
  }
}

function isJson(contentType: string | undefined): boolean {
  return /^[^;]*[/+]json\s*(;|$)/i.test(contentType ?? "application/json");
}

function isText(contentType: string | undefined): boolean {
  return /^(text\/|[^;]*[/+]xml\s*(;|$))/i.test(contentType ?? "");
}

function decodeUtf8(body: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    return undefined;
  }
}

function parseJson(body: Buffer): unknown {
  const text = decodeUtf8(body);
  if (text === undefined) throw new RequestProblem(400, "json_invalid", "The body is not UTF-8.");
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message.slice(0, 200) : "";
    throw new RequestProblem(400, "json_invalid", `The body is not JSON: ${why}`);
  }
}
