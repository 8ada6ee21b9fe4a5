import type { Attribute } from "encore.dev/pubsub";

/**
 * What every event carries, as message attributes. Event interfaces extend it and hold their variants in the
 * body field `event`.
 */
export interface Envelope {
  /** UUID of this event. A consumer's inbox keeps it, so that a second delivery has no effect. */
  eventId: Attribute<string>;
  /** Identifier of the whole chain of calls and events that one request started. */
  correlationId: Attribute<string>;
  /** Identifier of the event that caused this one; the correlation id where a request caused it. */
  causationId: Attribute<string>;
  /** Who acted: a user id, or `system` where nobody did. */
  userId: Attribute<string>;
  /** The tenant that the event belongs to. */
  tenantId: Attribute<string>;
  /** The project that the event belongs to, where there is one. */
  projectId?: Attribute<string>;
  /** When it happened, as an ISO 8601 instant. */
  time: Attribute<string>;
  /** Events with equal keys are delivered in the order in which they were written. */
  orderingKey: Attribute<string>;
  /** The variant in `event`, repeated here for filters. */
  type: Attribute<string>;
  /** Version of the variant's shape; absent means 1. A consumer that knows only older ones dead-letters it. */
  version?: Attribute<number>;
  /** The only subscription that is to handle this delivery: a replay. Absent where the event is told for the first time. */
  redeliverTo?: Attribute<string>;
  /** The dead letter that this delivery replays: its subscription answers with what became of it. */
  deadLetterId?: Attribute<string>;
}

/** An event as it is delivered, before its consumer has looked at its type and version. */
export interface EventMessage extends Envelope {
  event: unknown;
}
