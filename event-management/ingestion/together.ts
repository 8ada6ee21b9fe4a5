import { BatchedByKey } from "../../shared/concurrency/batched-by-key.js";
import { requestCorrelationId } from "../../shared/events/envelope.js";
import { db } from "../db.js";
import { type IngestionRequest, ingestEvents, ingestTogether } from "./domain/ingest-events.js";
import type { IndexedCloudEvent, IngestEventsResponse } from "./types.js";

/** A request with more events goes by itself: it fills a transaction. */
const fewEvents = 20;

interface SmallRequest {
  caller: { tenantId: string; userId: string };
  request: IngestionRequest;
}

/** Small requests of a caller that come while a transaction is under way share the next one. */
const small = new BatchedByKey<SmallRequest, IngestEventsResponse>({
  run: (requests) =>
    ingestTogether(
      db,
      requests[0]!.caller,
      requests.map(({ request }) => request),
    ),
  most: 50,
  separately: true,
});

/** Stores CloudEvents of a request; ends once they are durable. */
export function ingestDurably(
  caller: { tenantId: string; userId: string },
  events: readonly IndexedCloudEvent[],
): Promise<IngestEventsResponse> {
  if (events.length > fewEvents) return ingestEvents(db, caller, events);
  const request = { events, correlationId: requestCorrelationId() };
  return small.call(`${caller.tenantId} ${caller.userId}`, { caller, request });
}
