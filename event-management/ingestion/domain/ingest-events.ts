import { createHash, randomUUID } from "node:crypto";
import { and, eq, inArray, sql } from "drizzle-orm";
import { newEvent, requestCorrelationId } from "../../../shared/events/envelope.js";
import { addToOutbox } from "../../../shared/events/outbox.js";
import type { IngestedEvent } from "../../../shared/events/types.js";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import { canonicalJson } from "../../audit/domain/chain.js";
import type { Db } from "../../db.js";
import { ingestedEvents } from "../tables.js";
import type {
  AcceptedCloudEvent,
  CloudEvent,
  IndexedCloudEvent,
  IngestEventsResponse,
  RejectedCloudEvent,
} from "../types.js";

/** How long a source and id are known. */
const daysRemembered = 30;

interface Candidate extends IndexedCloudEvent {
  key: string;
  contentHash: string;
  eventId: string;
  correlationId: string;
}

/** The events of one request. */
export interface IngestionRequest {
  events: readonly IndexedCloudEvent[];
  correlationId: string;
}

interface Caller {
  tenantId: string;
  userId: string;
}

/** What is stored under the keys of candidates. */
type Known = Map<string, { contentHash: string; eventId: string }>;

/**
 * Stores CloudEvents and has them published, all in one transaction: what is answered as accepted is durable. An event
 * with a known source and id is a duplicate where it says the same, and rejected where it says something else.
 */
export async function ingestEvents(
  db: Db,
  caller: Caller,
  events: readonly IndexedCloudEvent[],
): Promise<IngestEventsResponse> {
  const [response] = await ingestTogether(db, caller, [{ events, correlationId: requestCorrelationId() }]);
  return response!;
}

/** The same for several requests of one caller in one transaction: an answer for each, in their order. */
export async function ingestTogether(
  db: Db,
  caller: Caller,
  requests: readonly IngestionRequest[],
): Promise<IngestEventsResponse[]> {
  const candidates = requests.map(({ events, correlationId }) =>
    events.map((item) => ({ ...item, ...identityOf(item.event), eventId: randomUUID(), correlationId })),
  );
  const known = await withTenant(db, caller.tenantId, (tx) => storeNew(tx, caller, candidates.flat()));
  return candidates.map((each) => responseTo(each, known));
}

function responseTo(candidates: Candidate[], known: Known): IngestEventsResponse {
  const accepted: AcceptedCloudEvent[] = [];
  const rejected: RejectedCloudEvent[] = [];
  for (const { index, event, key, contentHash, eventId } of candidates) {
    const { source, id } = event;
    const stored = known.get(key);
    if (stored === undefined) throw new Error("An event was neither stored nor known.");
    if (stored.contentHash === contentHash) {
      accepted.push({
        ...{ index, source, id },
        eventId: stored.eventId,
        duplicate: stored.eventId !== eventId,
      });
    } else {
      const message = "Another event with this source and id was accepted before.";
      rejected.push({ index, source, id, path: "id", reason: "content_differs", message });
    }
  }
  return { accepted, rejected };
}

async function storeNew(tx: Db, caller: Caller, candidates: readonly Candidate[]): Promise<Known> {
  const { tenantId } = caller;
  const firsts = new Map<string, Candidate>();
  for (const candidate of candidates) if (!firsts.has(candidate.key)) firsts.set(candidate.key, candidate);
  if (firsts.size === 0) return new Map();
  const rows = [...firsts.values()].map(({ key, contentHash, eventId }) => ({
    key,
    content_hash: contentHash,
    event_id: eventId,
  }));
  // In one order for everybody, so that requests with the same events do not wait for each other in a ring.
  const stored = await tx.execute<{ key: string; contentHash: string; eventId: string }>(sql`
    insert into ingested_events (tenant_id, key, content_hash, event_id)
    select ${tenantId}::text, key, content_hash, event_id
    from json_to_recordset(${JSON.stringify(rows)}::json) as given (key text, content_hash text, event_id uuid)
    order by key
    on conflict do nothing
    returning key, content_hash as "contentHash", event_id as "eventId"`);
  const isNew = new Set(stored.map(({ key }) => key));
  const messages = [...firsts.values()]
    .filter(({ key }) => isNew.has(key))
    .map((item) => messageOf(item, caller));
  await addToOutbox(tx, "ingested-events", ...messages);
  await forgetOld(tx, tenantId);
  const others = rows.filter(({ key }) => !isNew.has(key)).map(({ key }) => key);
  const before =
    others.length === 0
      ? []
      : await tx
          .select()
          .from(ingestedEvents)
          .where(and(eq(ingestedEvents.tenantId, tenantId), inArray(ingestedEvents.key, others)));
  return new Map([...stored, ...before].map((row) => [row.key, row]));
}

/** Forgets events of long ago: told again, they would be taken for new. A bounded number at a time. */
async function forgetOld(tx: Db, tenantId: string): Promise<void> {
  await tx.execute(sql`
    delete from ingested_events where ctid = any(array(
      select ctid from ingested_events
      where tenant_id = ${tenantId} and received_at < now() - ${daysRemembered}::int * interval '1 day'
      limit 1000 for update skip locked))`);
}

function messageOf({ event, eventId, correlationId }: Candidate, caller: Caller): IngestedEvent {
  const { id, source, type, subject, time, datacontenttype, dataschema, data, dataBase64, extensions } =
    event;
  return {
    ...newEvent(
      {
        type: "event-ingested" as const,
        ...{ source, id, eventType: type, subject, occurredAt: time },
        ...{ dataContentType: datacontenttype, dataSchema: dataschema, data, dataBase64, extensions },
      },
      { ...caller, correlationId, orderedBy: createHash("sha256").update(source).digest("hex").slice(0, 32) },
    ),
    eventId,
  };
}

function identityOf(event: CloudEvent): { key: string; contentHash: string } {
  const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
  return { key: sha256(`${event.source}\n${event.id}`), contentHash: sha256(canonicalJson(event)) };
}
