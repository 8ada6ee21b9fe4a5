import type { JsonValue } from "../../shared/json.js";

/** What an event says of one record beside the event itself. */
export interface TimelineDetails {
  /** What became of the record, where the event tells of a conversion: `converted`, `failed`, `undone`, … */
  outcome?: string;
  ruleId?: string;
  jobId?: string;
  /** Target field → value written. */
  fieldMappings?: JsonValue;
  errorCode?: string;
  error?: string;
  /** Type of the audit entry that follows from the event. */
  auditType?: string;
  notificationId?: string;
  title?: string;
}

export interface TimelineRequest {
  /** Id of the record, as a source or as a target. */
  recordId: string;
  /** Entity of the record, where ids of several entities are alike. */
  entity?: string;
  /** `asc`, oldest first, by default; `desc` for newest first. */
  order?: "asc" | "desc";
  /** Events a page: 1 to 200; 50 by default. An event may give several entries. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

/** One thing that happened to a record, or was told of it. */
export interface TimelineEntry {
  /**
   * - `event`: an event tells of the record.
   * - `conversion`: it was converted, or was not, or the conversion was undone.
   * - `notification`: people were told of it.
   * - `audit`: an entry of the audit log.
   */
  kind: "event" | "conversion" | "notification" | "audit";
  /** Event type; of an audit entry, the type that the audit log gives it. */
  type: string;
  /** When it happened. */
  time: Date;
  /** Position of the event among all events: the order of the timeline. */
  position: string;
  eventId: string;
  correlationId: string;
  /** Who acted; `system` where nobody did. */
  userId: string;
  /** Whether the record was a conversion's source or its target. */
  role: "source" | "target";
  /** Entity of the record, where the event says it. */
  entity?: string;
  /** The record at the other end of the conversion. */
  counterpart?: { entity?: string; recordId: string };
  ruleId?: string;
  jobId?: string;
  outcome?: string;
  /** Target field → value written. */
  fieldMappings?: JsonValue;
  errorCode?: string;
  error?: string;
  notificationId?: string;
  /** Title of the notification. */
  title?: string;
}

export interface TimelineResponse {
  entries: TimelineEntry[];
  /** Absent on the last page. */
  nextCursor?: string;
}

export interface RebuildTimelineRequest {
  /** `nextPosition` of an answer that was not the last; none to begin. */
  after?: string;
}

export interface RebuildTimelineResponse {
  /** Events that were read. */
  events: number;
  /** Rows of the read model that were written for them. */
  rows: number;
  /** Rows that were missing, wrong, or there without reason: 0 where the read model was what the events say. */
  corrected: number;
  /** Where to go on; absent when all events are done. */
  nextPosition?: string;
}
