import { api } from "encore.dev/api";
import { event_management } from "~encore/clients";
import type {
  EventCatalogueResponse,
  EventReplay,
  EventReplayRequest,
  GetEventRequest,
  ListEventReplaysRequest,
  ListEventReplaysResponse,
  ListEventsRequest,
  ListEventsResponse,
  StartEventReplayRequest,
  StoredEvent,
} from "../event-management/event-store/types.js";

/** Every version of every event type: what it tells, its JSON Schema, who publishes and who handles it. */
export const getEventCatalogue = api(
  { method: "GET", path: "/api/v1/events/catalogue", expose: true, auth: true },
  async (): Promise<EventCatalogueResponse> => event_management.getEventCatalogue(),
);

/** Events by record, correlation, type, topic and time, for as long as the plan keeps them. */
export const listEvents = api(
  { method: "GET", path: "/api/v1/events", expose: true, auth: true },
  async (request: ListEventsRequest): Promise<ListEventsResponse> => event_management.listEvents(request),
);

/** One event. */
export const getEvent = api(
  { method: "GET", path: "/api/v1/events/:eventId", expose: true, auth: true },
  async (request: GetEventRequest): Promise<StoredEvent> => event_management.getEvent(request),
);

/**
 * Begins to deliver events to one subscription again, from a point in time up to 29 days ago, in the background. What
 * has had its effect already has none a second time.
 */
export const startEventReplay = api(
  { method: "POST", path: "/api/v1/events/replays", expose: true, auth: true },
  async (request: StartEventReplayRequest): Promise<EventReplay> =>
    event_management.startEventReplay(request),
);

/** Replays of events, newest first. */
export const listEventReplays = api(
  { method: "GET", path: "/api/v1/events/replays", expose: true, auth: true },
  async (request: ListEventReplaysRequest): Promise<ListEventReplaysResponse> =>
    event_management.listEventReplays(request),
);

/** How far a replay of events has come. */
export const getEventReplay = api(
  { method: "GET", path: "/api/v1/events/replays/:id", expose: true, auth: true },
  async (request: EventReplayRequest): Promise<EventReplay> => event_management.getEventReplay(request),
);

/** Ends a replay of events. What was delivered until then stays delivered. */
export const cancelEventReplay = api(
  { method: "POST", path: "/api/v1/events/replays/:id/cancel", expose: true, auth: true },
  async (request: EventReplayRequest): Promise<EventReplay> => event_management.cancelEventReplay(request),
);
