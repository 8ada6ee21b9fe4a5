import { createHash, randomUUID } from "node:crypto";
import { currentRequest } from "encore.dev";
import type { Envelope } from "./types.js";

/** Where an event comes from: what its envelope says beside the event itself. */
export interface EventContext {
  tenantId: string;
  /** Who acted; `system` where nobody did. */
  userId: string;
  /**
   * What the order is kept for, within the tenant: a record id, a rule id, a job id. Without it, the tenant as a
   * whole.
   */
  orderedBy?: string;
  projectId?: string;
  /** The event being handled, when this one follows from it: its correlation id goes on, its id is the cause. */
  cause?: Envelope;
  /** Overrides the correlation id; by default that of the cause, else of the running request. */
  correlationId?: string;
  /** Overrides the instant; now by default. */
  time?: Date;
}

/** Puts an event body into an envelope with a fresh id. A body that has a version gives it to the envelope. */
export function newEvent<TBody extends { type: string; version?: number }>(
  event: TBody,
  context: EventContext,
): Envelope & { event: TBody } {
  const correlationId = context.correlationId ?? context.cause?.correlationId ?? requestCorrelationId();
  return {
    eventId: randomUUID(),
    correlationId,
    causationId: context.cause?.eventId ?? correlationId,
    userId: context.userId,
    tenantId: context.tenantId,
    projectId: context.projectId ?? context.cause?.projectId,
    time: (context.time ?? new Date()).toISOString(),
    orderingKey:
      context.orderedBy === undefined ? context.tenantId : `${context.tenantId}:${context.orderedBy}`,
    type: event.type,
    version: event.version,
    event,
  };
}

/** The caller's correlation id, else the trace id, else a new UUID (no request is running). */
export function requestCorrelationId(): string {
  const trace = currentRequest()?.trace;
  return trace?.extCorrelationId ?? trace?.traceId ?? randomUUID();
}

/** The id of an event that may be made again: a UUID (version 8) from the digest of what it tells. */
export function eventIdOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
