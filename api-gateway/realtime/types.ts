import type { Query } from "encore.dev/api";
import type { JsonValue } from "../../shared/json.js";

export interface RealtimeHandshake {
  /**
   * What to tell of, up to 100: `rule:ID`, `job:ID`, `record:ID`, `project:ID`, or `rule`, `job`, `record`, `project` for
   * all of a kind, and `notifications` for the caller's own.
   */
  topics: Query<string[]>;
  /** `id` of the last message that was received: what happened since then comes first. From now on by default. */
  lastEventId?: Query<string>;
}

/** An event as a client sees it. */
export interface RealtimeEvent {
  eventId: string;
  /** `entity-converted`, `job-finished`, `deployment-started`, `notification-created`, … */
  type: string;
  /** When it happened. */
  time: string;
  /** Who acted; `system` where nobody did. */
  userId: string;
  projectId?: string;
  correlationId: string;
  /** Which of the chosen topics it came for. */
  topics: string[];
  /** What it tells, by the schema of its type. Of a batch, only the records that were chosen, and the count of all. */
  data: JsonValue;
}

/** What a client may send: on hosts that do not see whether it takes messages, it is let go where it never does. */
export interface RealtimeAcknowledgement {
  /** `id` of the last message that it has. */
  ack: string;
}

export interface RealtimeMessage {
  /**
   * - `ready`: the stream is up; what happens from here on is told
   * - `event`: something happened
   * - `heartbeat`: nothing happened for a while; sent every 15 s
   * - `end`: the stream ends now, for `reason`
   */
  kind: "ready" | "event" | "heartbeat" | "end";
  /** `lastEventId` for going on after this message. */
  id: string;
  event?: RealtimeEvent;
  /**
   * `topics_invalid`, `permission_missing`, `last_event_id_invalid`, `slow_client`, `access_ended`, `tenant_suspended`,
   * `too_many_streams`, `unavailable`
   */
  reason?: string;
  message?: string;
}
