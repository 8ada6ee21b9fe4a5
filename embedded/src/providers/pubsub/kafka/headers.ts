import type { OutgoingMessage } from "../provider.js";

const MESSAGE_ID = "x-message-id";
const TIMESTAMP = "x-timestamp";
/** On every message, empty where it says nothing of it. */
const ALWAYS = ["x-correlation-id", "x-causation-id", "x-user-id", "x-project-id"];

/**
 * The headers of a message: its id, the time of publishing in milliseconds since 1970, its attributes as
 * `x-` and their name in kebab case (`correlationId` → `x-correlation-id`), and what the host sends along.
 */
export function writeHeaders(message: OutgoingMessage, now: string): Map<string, string> {
  const headers = new Map<string, string>();
  for (const name of ALWAYS) headers.set(name, "");
  for (const name in message.headers) headers.set(name, message.headers[name]!);
  for (const name in message.attributes) headers.set(headerName(name), message.attributes[name]!);
  headers.set(MESSAGE_ID, message.id);
  headers.set(TIMESTAMP, now);
  return headers;
}

/** The headers of a message that say something. */
export function readHeaders(headers: ReadonlyMap<string, string>): Record<string, string> {
  const said: Record<string, string> = {};
  for (const [name, value] of headers) if (value !== "") said[name] = value;
  return said;
}

/** The attributes that `writeHeaders` wrote. */
export function readAttributes(headers: Record<string, string>): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const name in headers) if (name.startsWith("x-")) attributes[attributeName(name)] = headers[name]!;
  return attributes;
}

/** When a message was published; one from elsewhere when the broker says. */
export function readPublishedAt(headers: Record<string, string>, timestampMs: number): Date {
  const sentAt = Number(headers[TIMESTAMP]);
  return new Date(Number.isSafeInteger(sentAt) && sentAt > 0 ? sentAt : timestampMs);
}

const headerName = remembered(
  (attribute) => `x-${attribute.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
);

const attributeName = remembered((header) =>
  header.slice(2).replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()),
);

/** The bytes of a header's name, to be read only. */
export const encodeName = remembered((name) => Buffer.from(name));

const MAX_REMEMBERED = 1_000;

/** Works out once what is asked for again and again: messages have the same few names. */
function remembered<T>(work: (name: string) => T): (name: string) => T {
  const known = new Map<string, T>();
  return (name) => {
    const found = known.get(name);
    if (found !== undefined) return found;
    const made = work(name);
    if (known.size < MAX_REMEMBERED) known.set(name, made);
    return made;
  };
}
