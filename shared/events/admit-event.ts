import { schemaProblem, versionsOf } from "./catalogue/event-catalogue.js";
import { MalformedEventError, UnknownEventError } from "./failures.js";
import type { TopicName } from "./topics.js";
import type { EventMessage } from "./types.js";

/**
 * What a subscription handles: event types, each with the latest version that it knows; `every` event of its topic that
 * the catalogue knows; or `anything` with an envelope, without a look at what it tells.
 */
export type HandledEvents = "every" | "anything" | Readonly<Record<string, number | undefined>>;

const required = [
  "eventId",
  "correlationId",
  "causationId",
  "userId",
  "tenantId",
  "orderingKey",
  "type",
] as const;

/**
 * Whether a subscription is to handle an event. Events of types that it does not name are none of its business; the
 * others must be known to it and be as the catalogue says. Throws what becomes of the event otherwise.
 */
export function isHandled(topic: TopicName, handles: HandledEvents, message: EventMessage): boolean {
  const missing = required.find((name) => typeof message[name] !== "string" || message[name] === "");
  if (missing !== undefined) throw new MalformedEventError(`it has no ${missing}`);
  if (Number.isNaN(Date.parse(message.time))) throw new MalformedEventError("its time is no instant");
  if (handles === "anything") return true;
  const { type, version = 1 } = message;
  const latest = handles === "every" ? Number.POSITIVE_INFINITY : handles[type];
  if (latest === undefined) return false;
  const versions = versionsOf(topic, type);
  if (versions.length === 0) throw new UnknownEventError(message);
  const known = versions.find((each) => each.version === version);
  if (known === undefined || version > latest) throw new UnknownEventError(message, "unknown-version");
  const problem = schemaProblem(known, message.event);
  if (problem !== undefined) throw new MalformedEventError(problem);
  return true;
}
