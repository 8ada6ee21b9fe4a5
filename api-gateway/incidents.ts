import { api } from "encore.dev/api";
import { event_management } from "~encore/clients";
import type { ListIncidentsRequest, ListIncidentsResponse } from "../event-management/dead-letters/types.js";

/** Queues of dead letters that are not empty, or were not, newest first. An incident ends with its last dead letter. */
export const listIncidents = api(
  { method: "GET", path: "/api/v1/incidents", expose: true, auth: true },
  async (request: ListIncidentsRequest): Promise<ListIncidentsResponse> =>
    event_management.listIncidents(request),
);
