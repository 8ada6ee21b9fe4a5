import { type SQL, sql } from "drizzle-orm";
import { EventIdReusedError } from "../../../shared/events/failures.js";
import { storableText } from "../../../shared/events/storable.js";
import type { TopicName } from "../../../shared/events/topics.js";
import type { Envelope } from "../../../shared/events/types.js";
import type { JsonValue } from "../../../shared/json.js";
import type { Db } from "../../db.js";
import { timelineRowsOf, timelineSourceOf } from "../../timeline/domain/timeline-rows.js";
import { type PlacedRow, writeTimeline } from "../../timeline/domain/write-timeline.js";
import { withAllEvents } from "../all-events.js";
import { keptBody } from "./kept-body.js";

/** Postgres channel that tells followers of events that were kept. */
export const keptEventsChannel = "axion_kept_events";

/** Held from the first position until the commit: positions become visible in their order. */
const positionLock = 5_311_290_417;

/** An event with the topic that it came by. */
export interface Delivered {
  topic: TopicName;
  event: Envelope;
}

/**
 * Keeps events, in one transaction, in their order, with the rows of the record timeline that follow from them. Those that are kept already stay as they are; where one of them has
 * another content, throws `EventIdReusedError`, and none is kept.
 */
export async function keepEvents(db: Db, delivered: Delivered[]): Promise<void> {
  const rows = storableText(JSON.stringify(delivered.map(rowOf)));
  const incoming = sql`json_to_recordset(${rows}::json) as e (
    ordinal integer, event_id text, topic text, type text, version integer, tenant_id text, user_id text,
    project_id text, correlation_id text, causation_id text, ordering_key text, "time" timestamptz, body jsonb)`;
  await withAllEvents(db, async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(${positionLock})`);
    const kept = await tx.execute<{ event_id: string; position: string }>(sql`
      insert into kept_events (event_id, topic, type, version, tenant_id, user_id, project_id, correlation_id,
                               causation_id, ordering_key, "time", body)
      select event_id, topic, type, version, tenant_id, user_id, project_id, correlation_id, causation_id, ordering_key,
             "time", body
      from ${incoming} order by ordinal
      on conflict (event_id) do nothing
      returning event_id, position`);
    if (kept.length < delivered.length) await refuseReusedIds(tx, incoming);
    if (kept.length === 0) return;
    const positions = new Map(kept.map(({ event_id, position }) => [event_id, position]));
    await writeTimeline(tx, timelineOf(delivered, positions));
    await tx.execute(sql`select pg_notify(${keptEventsChannel}, '')`);
  });
}

async function refuseReusedIds(tx: Db, incoming: SQL): Promise<void> {
  const [reused] = await tx.execute<{ event_id: string }>(sql`
    select e.event_id from ${incoming} join kept_events kept using (event_id)
    where (e.topic, e.type, e.tenant_id, e.body) is distinct from (kept.topic, kept.type, kept.tenant_id, kept.body)
    limit 1`);
  if (reused !== undefined) throw new EventIdReusedError(reused.event_id);
}

/** The rows of the record timeline that follow from the events that were kept now. */
function timelineOf(delivered: Delivered[], positions: Map<string, string>): PlacedRow[] {
  return delivered.flatMap(({ topic, event }) => {
    const position = positions.get(event.eventId);
    if (position === undefined) return [];
    // A second event of the same id in one delivery has no part in it.
    positions.delete(event.eventId);
    const { tenantId } = event;
    const rows = timelineRowsOf(timelineSourceOf(topic, event, bodyOf(event)));
    return rows.map((row) => ({ ...row, tenantId, position }));
  });
}

function bodyOf(event: Envelope): JsonValue {
  return keptBody("event" in event ? (event.event as JsonValue) : null);
}

function rowOf({ topic, event }: Delivered, ordinal: number): Record<string, JsonValue | undefined> {
  return {
    ordinal,
    event_id: event.eventId,
    topic,
    type: event.type,
    version: event.version ?? 1,
    tenant_id: event.tenantId,
    user_id: event.userId,
    project_id: event.projectId,
    correlation_id: event.correlationId,
    causation_id: event.causationId,
    ordering_key: event.orderingKey,
    time: event.time,
    body: bodyOf(event),
  };
}
