import { api } from "encore.dev/api";
import { requireIdentity } from "../../shared/tenancy/identity.js";
import { db } from "../db.js";
import * as reading from "./domain/read-timeline.js";
import * as rebuilding from "./domain/rebuild-timeline.js";
import type {
  RebuildTimelineRequest,
  RebuildTimelineResponse,
  TimelineRequest,
  TimelineResponse,
} from "./types.js";

/** Every event, conversion, notification and audit entry of a record, in order. */
export const getTimeline = api(
  { method: "GET", path: "/timeline/:recordId", expose: false, auth: true },
  async (request: TimelineRequest): Promise<TimelineResponse> =>
    reading.getTimeline(db, requireIdentity().tenantId, request),
);

/** Makes the record timeline of the caller's tenant anew from the kept events. */
export const rebuildTimeline = api(
  { method: "POST", path: "/timeline/rebuild", expose: false, auth: true },
  async (request: RebuildTimelineRequest): Promise<RebuildTimelineResponse> =>
    rebuilding.rebuildTimeline(db, requireIdentity().tenantId, request),
);
