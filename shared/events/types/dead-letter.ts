import type { JsonValue } from "../../json.js";
import type { Envelope } from "./envelope.js";

/**
 * Why an event was given up: its handler failed every time, the consumer does not know its type or version, or its id
 * is that of another event.
 */
export type DeadLetterReason = "handler-failed" | "unknown-event" | "event-id-reused";

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

/** Topics `{service}-dlq`: one message is one incident. The envelope is that of the failed event, with an id of its own. */
export interface DeadLetterEvent extends Envelope {
  event: DeadLettered;
}
