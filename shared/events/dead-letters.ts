import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import log from "encore.dev/log";
import { systemTenantId } from "../tenancy/system-tenant.js";
import { isHandled } from "./admit-event.js";
import { HopelessEventError } from "./failures.js";
import { isOutage } from "./outage.js";
import { storableText } from "./storable.js";
import type { TopicMessages, TopicName } from "./topics.js";
import type { DeadLetterEvent, DeadLettered, DeadLetterReason, Envelope, EventMessage } from "./types.js";

/** The types of the events that are published on a topic. */
type TypeOn<TTopic extends TopicName> = TopicMessages[TTopic]["event"]["type"];

export interface ConsumerOptions<TTopic extends TopicName> {
  /** The consuming service. */
  service: string;
  topic: TTopic;
  subscription: string;
  /**
   * Event types that it handles, each with the latest version that it knows; `every` event of the topic that the
   * catalogue knows; or `anything` with an envelope.
   */
  handles: "every" | "anything" | { readonly [K in TypeOn<TTopic>]?: number };
  /** Keeps a dead letter for good: through the service's outbox, or its topic. */
  publishDeadLetter: (deadLetter: DeadLetterEvent) => Promise<void>;
  /** Tries in all, the first included; 3 by default. */
  attempts?: number;
  /** Wait before try n + 1 is `backoffMs` × 2^n, n from 0; 100 by default. */
  backoffMs?: number;
}

/**
 * Wraps a subscription's handler: it gets the events that it names, in versions that it knows and as the catalogue says
 * that they are; it is tried `attempts` times, and then the event goes to the service's dead letters and counts as
 * delivered. Where a database is away, which is no fault of the event, or the dead letter cannot be kept, the wrapper
 * throws, and the broker delivers the event again.
 */
export function withDeadLetter<TTopic extends TopicName>(
  options: ConsumerOptions<TTopic>,
  handler: (event: TopicMessages[TTopic]) => Promise<void>,
): (message: EventMessage) => Promise<void> {
  const { topic, subscription, service, handles, attempts = 3, backoffMs = 100 } = options;
  return async (message) => {
    if (message.redeliverTo !== undefined && message.redeliverTo !== subscription) return;
    for (let attempt = 1; ; attempt++) {
      try {
        if (isHandled(topic, handles, message)) await handler(message as TopicMessages[TTopic]);
        break;
      } catch (error) {
        const reason = error instanceof HopelessEventError ? error.reason : "handler-failed";
        const fields = { topic, subscription, eventId: message.eventId, attempt };
        if (reason === "handler-failed" && attempt < attempts) {
          log.warn(error, "event handler failed; trying again", fields);
          await delay(backoffMs * 2 ** (attempt - 1));
          continue;
        }
        if (reason === "handler-failed" && isOutage(error)) throw error;
        await options.publishDeadLetter(deadLetterOf(options, message, { error, reason, attempt }));
        log.error(error, "event moved to the dead letters", { ...fields, service, reason });
        return;
      }
    }
    const { deadLetterId } = message;
    if (deadLetterId === undefined) return;
    const resolved = { type: "dead-letter-resolved" as const, deadLetterId, service, subscription };
    await options.publishDeadLetter({ ...following(message), type: resolved.type, event: resolved });
  };
}

type UnstoredDeadLetter = Omit<DeadLettered, "original"> & { original: Envelope };

function deadLetterOf<TTopic extends TopicName>(
  options: ConsumerOptions<TTopic>,
  message: EventMessage,
  failure: { error: unknown; reason: DeadLetterReason; attempt: number },
): DeadLetterEvent {
  const { error } = failure;
  const event: UnstoredDeadLetter = {
    type: "dead-lettered",
    service: options.service,
    topic: options.topic,
    subscription: options.subscription,
    reason: failure.reason,
    attempts: failure.attempt,
    error: error instanceof Error ? error.message : String(error),
    stack: error instanceof Error ? error.stack : undefined,
    original: { ...message },
  };
  // What the handler failed on may be what Postgres cannot hold.
  const text = storableText(JSON.stringify({ ...following(message), type: event.type, event }));
  return JSON.parse(text) as DeadLetterEvent;
}

/** The envelope of what follows from an event. What a malformed one lacks, the system stands in for. */
function following(message: EventMessage): Omit<Envelope, "type"> {
  const eventId = randomUUID();
  const correlationId = message.correlationId || message.eventId || eventId;
  return {
    eventId,
    correlationId,
    causationId: message.eventId || correlationId,
    userId: message.userId || systemTenantId,
    tenantId: message.tenantId || systemTenantId,
    projectId: message.projectId,
    time: new Date().toISOString(),
    orderingKey: message.orderingKey || systemTenantId,
  };
}
