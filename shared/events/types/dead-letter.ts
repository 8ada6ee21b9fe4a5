import type { JsonValue } from "../../json.js";
import type { Envelope } from "./envelope.js";

/**
 * Why an event was given up:
 * - `handler-failed`: its handler failed every time.
 * - `unknown-event`, `unknown-version`: the consumer does not know its type, or that version of it.
 * - `malformed-event`: it is not as the catalogue says that its type and version are.
 * - `event-id-reused`: another event has its id, with another content.
 */
export type DeadLetterReason =
  | "handler-failed"
  | "unknown-event"
  | "unknown-version"
  | "malformed-event"
  | "event-id-reused";

/** An event that a subscription could not handle, with what is needed to understand and replay it. */
export interface DeadLettered {
  type: "dead-lettered";
  /** The consuming service. */
  service: string;
  topic: string;
  subscription: string;
  reason: DeadLetterReason;
  attempts: number;
  error: string;
  stack?: string;
  /** The event as it was delivered, envelope included. */
  original: JsonValue;
}

/** A dead letter was replayed, and its subscription has handled the event. */
export interface DeadLetterResolved {
  type: "dead-letter-resolved";
  deadLetterId: string;
  /** The consuming service. */
  service: string;
  subscription: string;
}

/** Topics `{service}-dlq`. The envelope is that of the failed event, with an id of its own. */
export interface DeadLetterEvent extends Envelope {
  event: DeadLettered | DeadLetterResolved;
}

/** An event failed into a queue of dead letters that was empty. */
export interface IncidentOpened {
  type: "incident-opened";
  incidentId: string;
  /** `{service}-dlq` */
  queue: string;
  /** Why the event failed. */
  error: string;
}

/** The last dead letter of a queue was settled. */
export interface IncidentClosed {
  type: "incident-closed";
  incidentId: string;
  queue: string;
  /** Times that an event failed while it was open. */
  failures: number;
}
