import { api } from "encore.dev/api";
import { requireIdentity } from "../../shared/tenancy/identity.js";
import { ingestDurably } from "./together.js";
import type { IngestEventsRequest, IngestEventsResponse } from "./types.js";

/** Stores CloudEvents from outside and has them published as `event-ingested`. */
export const ingestEvents = api(
  { method: "POST", path: "/events/ingest", expose: false, auth: true, bodyLimit: 16 * 1024 * 1024 },
  async (request: IngestEventsRequest): Promise<IngestEventsResponse> => {
    const { tenantId, userID } = requireIdentity();
    return await ingestDurably({ tenantId, userId: userID }, request.events);
  },
);
