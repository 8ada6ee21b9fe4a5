import type { CataloguedEvent } from "../../shared/events/catalogue/types.js";
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

export interface ListEventsRequest {
  /** Id of a record that the event tells of, as a source or as a target. */
  recordId?: string;
  /** Entity of that record, where ids of several entities are alike. */
  entity?: string;
  correlationId?: string;
  type?: string;
  topic?: string;
  /** The earliest time, and the instant before which it must be. */
  from?: Date;
  to?: Date;
  /** `desc`, newest first, by default; `asc` for oldest first. */
  order?: "asc" | "desc";
  /** 1 to 200; 50 by default. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

export interface ListEventsResponse {
  /** In the order in which they were kept. */
  events: StoredEvent[];
  /** Absent on the last page. */
  nextCursor?: string;
}

export interface GetEventRequest {
  eventId: string;
}

export interface StartEventReplayRequest {
  /** Subscription that the events are delivered to, as the catalogue names it: `event-management/process-conversion`. */
  subscription: string;
  /** Topic of the subscription. */
  topic: string;
  /** Events that were kept since then; at most 29 days ago. */
  from: Date;
  /** Only events of these types; all by default. */
  types?: string[];
}

/** A delivery of kept events to one subscription again. What has had its effect already has none a second time. */
export interface EventReplay {
  id: string;
  subscription: string;
  topic: string;
  from: Date;
  /** Event types that are replayed; all where it is empty. */
  types: string[];
  state: EventReplayState;
  /** Events that were delivered until now. */
  delivered: number;
  startedBy: string;
  startedAt: Date;
  finishedAt?: Date;
}

export interface EventReplayRequest {
  /** Id of the replay. */
  id: string;
}

export interface ListEventReplaysRequest {
  /** `startedAt`, with `-` before it for falling order; `-startedAt` by default. */
  sort?: string;
  /** 1 to 200; 50 by default. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

export interface ListEventReplaysResponse {
  replays: EventReplay[];
  /** Absent on the last page. */
  nextCursor?: string;
}

export interface EventCatalogueResponse {
  /** Every version of every event type. */
  events: CataloguedEvent[];
}
