import { api } from "encore.dev/api";
import { event_management } from "~encore/clients";
import type {
  RebuildTimelineRequest,
  RebuildTimelineResponse,
  TimelineRequest,
  TimelineResponse,
} from "../event-management/timeline/types.js";

/** Every event, conversion, notification and audit entry of a record, in order. */
export const getTimeline = api(
  { method: "GET", path: "/api/v1/timeline/:recordId", expose: true, auth: true },
  async (request: TimelineRequest): Promise<TimelineResponse> => event_management.getTimeline(request),
);

/**
 * Makes the organization's record timeline anew from the kept events, and says what was not as the events say. A large
 * one takes several calls: each goes on from `nextPosition` of the one before.
 */
export const rebuildTimeline = api(
  { method: "POST", path: "/api/v1/timeline/rebuild", expose: true, auth: true },
  async (request: RebuildTimelineRequest): Promise<RebuildTimelineResponse> =>
    event_management.rebuildTimeline(request),
);
