import type { JsonValue } from "../json.js";
import type { EventMessage } from "./types.js";

/** Bytes of JSON that an event may have: below what every broker takes by default (a million and some). */
const mostBytes = 900_000;

/** Texts are cut to so many characters, more and more, until the event fits. */
const lengths = [16_384, 4_096, 1_024, 256, 64];

const cutMark = "… (cut)";

/** Thrown for an event that is too large even with its texts cut: what it tells must be told in several events. */
export class EventTooLargeError extends Error {
  constructor(type: string, bytes: number) {
    super(`The event "${type}" has ${bytes} bytes; ${mostBytes} are the most.`);
    this.name = "EventTooLargeError";
  }
}

/**
 * An event that brokers take: one that is too large has its long texts cut, which end with "… (cut)" then. Ids and types
 * stay whole. Throws `EventTooLargeError` where that is not enough.
 */
export function fittingEvent<TEvent extends Omit<EventMessage, "event"> & { event: unknown }>(
  message: TEvent,
): TEvent {
  const text = JSON.stringify(message);
  // A character has up to three bytes in UTF-8, or four for two.
  if (text.length * 3 <= mostBytes || Buffer.byteLength(text) <= mostBytes) return message;
  const { event } = JSON.parse(text) as { event: JsonValue };
  for (const length of lengths) {
    const fitting = { ...message, event: cut(event, length) };
    if (Buffer.byteLength(JSON.stringify(fitting)) <= mostBytes) return fitting;
  }
  throw new EventTooLargeError(message.type, Buffer.byteLength(text));
}

function cut(value: JsonValue, length: number, name = ""): JsonValue {
  if (typeof value === "string") {
    if (value.length <= length || /(^id|Id|^type)$/.test(name)) return value;
    return `${value.slice(0, length).toWellFormed()}${cutMark}`;
  }
  if (Array.isArray(value)) return value.map((item) => cut(item, length, name));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, cut(inner, length, key)]));
}
