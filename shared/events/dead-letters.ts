import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import log from "encore.dev/log";
import { storableText } from "./storable.js";
import type { DeadLetterEvent, DeadLettered, DeadLetterReason, Envelope } from "./types.js";

/** Thrown by a consumer for an event whose variant or version it does not know: trying again is pointless. */
export class UnknownEventError extends Error {
  constructor(event: Envelope) {
    super(`This consumer does not know the event "${event.type}" in version ${event.version ?? 1}.`);
    this.name = "UnknownEventError";
  }
}

/** Thrown for an event whose id another event has, with another content: which of them is right, a person must say. */
export class EventIdReusedError extends Error {
  constructor(eventId: string) {
    super(`Another event has the id ${eventId}, with another content.`);
    this.name = "EventIdReusedError";
  }
}

export interface DeadLetterOptions {
  /** The consuming service. */
  service: string;
  topic: string;
  subscription: string;
  /** Keeps a dead letter for good: through the service's outbox, or its topic. */
  publishDeadLetter: (deadLetter: DeadLetterEvent) => Promise<void>;
  /** Tries in all, the first included; 3 by default. */
  attempts?: number;
  /** Wait before try n + 1 is `backoffMs` × 2^n, n from 0; 100 by default. */
  backoffMs?: number;
}

/**
 * Wraps a subscription's handler: it is tried `attempts` times, and then the event goes to the service's dead
 * letters and counts as delivered. Where even the dead letter cannot be kept, the wrapper throws, and the broker
 * delivers the event again.
 */
export function withDeadLetter<TEvent extends Envelope>(
  options: DeadLetterOptions,
  handler: (event: TEvent) => Promise<void>,
): (event: TEvent) => Promise<void> {
  const attempts = options.attempts ?? 3;
  const backoffMs = options.backoffMs ?? 100;
  return async (event) => {
    for (let attempt = 1; ; attempt++) {
      try {
        await handler(event);
        return;
      } catch (error) {
        const reason = reasonOf(error);
        const fields = {
          topic: options.topic,
          subscription: options.subscription,
          eventId: event.eventId,
          attempt,
        };
        if (reason === "handler-failed" && attempt < attempts) {
          log.warn(error, "event handler failed; trying again", fields);
          await delay(backoffMs * 2 ** (attempt - 1));
          continue;
        }
        await options.publishDeadLetter(deadLetterOf(options, event, { error, reason, attempt }));
        log.error(error, "event moved to the dead letters", { ...fields, service: options.service, reason });
        return;
      }
    }
  };
}

function reasonOf(error: unknown): DeadLetterReason {
  if (error instanceof UnknownEventError) return "unknown-event";
  if (error instanceof EventIdReusedError) return "event-id-reused";
  return "handler-failed";
}

type UnstoredDeadLetter = Omit<DeadLettered, "original"> & { original: Envelope };

function deadLetterOf(
  options: DeadLetterOptions,
  event: Envelope,
  failure: { error: unknown; reason: DeadLetterReason; attempt: number },
): DeadLetterEvent {
  const { error } = failure;
  return storable({
    eventId: randomUUID(),
    correlationId: event.correlationId,
    causationId: event.eventId,
    userId: event.userId,
    tenantId: event.tenantId,
    projectId: event.projectId,
    time: new Date().toISOString(),
    orderingKey: event.orderingKey,
    type: "dead-lettered",
    event: {
      type: "dead-lettered",
      service: options.service,
      topic: options.topic,
      subscription: options.subscription,
      reason: failure.reason,
      attempts: failure.attempt,
      error: error instanceof Error ? error.message : String(error),
      stack: error instanceof Error ? error.stack : undefined,
      original: { ...event },
    },
  });
}

/** The dead letter as Postgres can hold it: NUL, which may be what the handler failed on, becomes U+FFFD. */
function storable(
  deadLetter: Omit<DeadLetterEvent, "event"> & { event: UnstoredDeadLetter },
): DeadLetterEvent {
  return JSON.parse(storableText(JSON.stringify(deadLetter))) as DeadLetterEvent;
}
