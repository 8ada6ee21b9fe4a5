import type { JsonValue } from "../../shared/json.js";

/** What an event tells of. */
export interface EventSubject {
  kind: "record" | "rule" | "job" | "project" | "notification" | "source";
  id: string;
  /** Entity that a record belongs to, where the event says so. */
  entity?: string;
}

/** An event as it is kept. */
export interface StoredEvent {
  /** Place among all events, a 64-bit integer as text. Later events have greater ones; there are gaps. */
  position: string;
  eventId: string;
  topic: string;
  type: string;
  /** Version of the body's shape. */
  version: number;
  tenantId: string;
  /** Who acted; `system` where nobody did. */
  userId: string;
  projectId?: string;
  correlationId: string;
  causationId: string;
  /** When it happened, by the clock of the service that tells of it. */
  time: Date;
  /** When it was kept, by the clock of the database. */
  keptAt: Date;
  /** Records, rules and other things that it tells of; up to 2,000. */
  subjects: EventSubject[];
  /** The event itself, by the schema of its type and version. */
  body: JsonValue;
}

export interface FollowEventsRequest {
  /** Position of the last event that the follower has; none for all that will come from now on. `"0"` for all. */
  after?: string;
  /** 1 to 200; 100 by default. */
  limit?: number;
  /** Where there is nothing new, waits so long for it: up to 30,000; 0 by default. */
  waitMs?: number;
  /** Events of one tenant only; of all by default. */
  tenantId?: string;
}

export interface FollowEventsResponse {
  /** In order of their positions. */
  events: StoredEvent[];
  /** `after` for the next call. */
  position: string;
}

/** `cancelled`: a person ended it; what was delivered until then stays delivered. */
export type EventReplayState = "running" | "completed" | "cancelled";
