import type { DeadLetterReason, Envelope } from "./types.js";

/** Thrown by a consumer for an event that trying again would not help: it goes to the dead letters at once. */
export class HopelessEventError extends Error {
  constructor(
    readonly reason: Exclude<DeadLetterReason, "handler-failed">,
    message: string,
  ) {
    super(message);
    this.name = new.target.name;
  }
}

/** The consumer does not know the event's type, or that version of it. */
export class UnknownEventError extends HopelessEventError {
  constructor(event: Envelope, reason: "unknown-event" | "unknown-version" = "unknown-event") {
    super(reason, `This consumer does not know the event "${event.type}" in version ${event.version ?? 1}.`);
  }
}

/** The event is not what its type and version say. */
export class MalformedEventError extends HopelessEventError {
  constructor(problem: string) {
    super("malformed-event", `The event is malformed: ${problem}.`);
  }
}

/** Another event has the same id, with another content: which of them is right, a person must say. */
export class EventIdReusedError extends HopelessEventError {
  constructor(eventId: string) {
    super("event-id-reused", `Another event has the id ${eventId}, with another content.`);
  }
}
