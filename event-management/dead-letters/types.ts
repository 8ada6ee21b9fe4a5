import type { DeadLetterReason } from "../../shared/events/types.js";
import type { JsonValue } from "../../shared/json.js";

/**
 * - `open`: waits for a person.
 * - `replaying`: delivered again to its subscription, whose answer is awaited.
 * - `resolved`: handled after all.
 * - `discarded`: given up for good, with a reason.
 */
export type DeadLetterState = "open" | "replaying" | "resolved" | "discarded";

/** Which dead letters are meant; each condition that is given must hold. */
export interface DeadLetterFilter {
  /** The consuming service. */
  service?: string;
  subscription?: string;
  topic?: string;
  eventType?: string;
  reason?: DeadLetterReason;
  /** The earliest failure, and the instant before which it must be. */
  from?: Date;
  to?: Date;
}

export interface ListDeadLettersRequest extends DeadLetterFilter {
  /** Those that wait (`open` and `replaying`) by default; `all` for the settled ones too. */
  state?: DeadLetterState | "all";
  /** `failedAt`, with `-` before it for falling order; `-failedAt` by default. */
  sort?: string;
  /** 1 to 200; 50 by default. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

/** An event that a subscription gave up on. */
export interface DeadLetter {
  id: string;
  service: string;
  topic: string;
  subscription: string;
  state: DeadLetterState;
  reason: DeadLetterReason;
  /** Tries in all, those after replays included. */
  attempts: number;
  error: string;
  stack?: string;
  eventType: string;
  /** Absent where the event was too malformed to have one. */
  eventId?: string;
  correlationId?: string;
  /** The event as it was delivered. */
  event: JsonValue;
  /** The event as a person corrected it: what a replay delivers. */
  editedEvent?: JsonValue;
  /** How often it was replayed. */
  replays: number;
  replayedAt?: Date;
  /** When it was resolved or discarded, and by whom; `system` where a replay resolved it. */
  settledAt?: Date;
  settledBy?: string;
  discardReason?: string;
  /** When it failed last. */
  failedAt: Date;
}

export interface ListDeadLettersResponse {
  /** Newest failures first. */
  deadLetters: DeadLetter[];
  /** Absent on the last page. */
  nextCursor?: string;
}

export interface DeadLetterRequest {
  /** Id of the dead letter. */
  id: string;
}

export interface EditDeadLetterRequest extends DeadLetterRequest {
  /** What the event is to tell instead, by the schema of its type: all of it, `type` included. The envelope stays. */
  event: { [field: string]: JsonValue };
}

export interface DiscardDeadLetterRequest extends DeadLetterRequest {
  /** Why it is given up; 1 to 1,000 characters. Kept with it and in the audit log. */
  reason: string;
}

export interface ReplayDeadLettersRequest extends DeadLetterFilter {}

export interface ReplayDeadLettersResponse {
  /** Dead letters that were delivered again. */
  replayed: number;
  /** Open ones of that kind that are left: a call replays up to 10,000. */
  remaining: number;
}

/** A queue of dead letters that is not empty, or was not. */
export interface Incident {
  id: string;
  /** `{service}-dlq` */
  queue: string;
  state: "open" | "closed";
  openedAt: Date;
  /** When an event of the queue failed last. */
  lastFailedAt: Date;
  /** Times that an event failed while it was open. */
  failures: number;
  lastError: string;
  /** When the last of its dead letters was settled. */
  closedAt?: Date;
  /** Dead letters that wait in the queue now. */
  waiting: number;
}

export interface ListIncidentsRequest {
  /** All by default. */
  state?: "open" | "closed";
  /** `openedAt` or `lastFailedAt`, with `-` before it for falling order; `-openedAt` by default. */
  sort?: string;
  /** 1 to 200; 50 by default. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

export interface ListIncidentsResponse {
  incidents: Incident[];
  /** Absent on the last page. */
  nextCursor?: string;
}
