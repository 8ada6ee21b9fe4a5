import type { DeliveredMessage, OutgoingMessage } from "../provider.js";

const MESSAGE_ID = "x-message-id";
const TIMESTAMP = "x-timestamp";
/** On every message, empty where it says nothing of it. */
const ALWAYS = ["x-correlation-id", "x-causation-id", "x-user-id", "x-project-id"];

/**
 * The headers of a message: its id, the time of publishing in milliseconds since 1970, its attributes as
 * `x-` and their name in kebab case (`correlationId` → `x-correlation-id`), and what the host sends along.
 */
export function writeHeaders(message: OutgoingMessage, now: number): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of ALWAYS) headers[name] = "";
  Object.assign(headers, message.headers);
  for (const [name, value] of Object.entries(message.attributes)) headers[headerName(name)] = value;
  headers[MESSAGE_ID] = message.id;
  headers[TIMESTAMP] = String(now);
  return headers;
}

/** Reads what `writeHeaders` wrote; a message from elsewhere was published when the broker says. */
export function readHeaders(
  headers: Map<string, string>,
  timestampMs: number,
): Pick<DeliveredMessage, "attributes" | "headers" | "publishedAt"> {
  const attributes: Record<string, string> = {};
  for (const [name, value] of headers) {
    if (name.startsWith("x-") && value !== "") attributes[attributeName(name)] = value;
  }
  const sentAt = Number(headers.get(TIMESTAMP));
  return {
    attributes,
    headers: Object.fromEntries([...headers].filter(([, value]) => value !== "")),
    publishedAt: new Date(Number.isSafeInteger(sentAt) && sentAt > 0 ? sentAt : timestampMs),
  };
}

function headerName(attribute: string): string {
  return `x-${attribute.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function attributeName(header: string): string {
  return header.slice(2).replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
