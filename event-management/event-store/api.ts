import { api } from "encore.dev/api";
import { eventCatalogue } from "../../shared/events/catalogue/event-catalogue.js";
import { pageSize } from "../../shared/pagination/cursor.js";
import { requireIdentity } from "../../shared/tenancy/identity.js";
import { db } from "../db.js";
import * as replays from "./domain/event-replays.js";
import { eventsAfter } from "./domain/follow-events.js";
import * as reading from "./domain/list-events.js";
import { timesTold, untilEventsKept } from "./kept-signal.js";
import { wakeReplays } from "./replay-events.js";
import type {
  EventCatalogueResponse,
  EventReplay,
  EventReplayRequest,
  FollowEventsRequest,
  FollowEventsResponse,
  GetEventRequest,
  ListEventReplaysRequest,
  ListEventReplaysResponse,
  ListEventsRequest,
  ListEventsResponse,
  StartEventReplayRequest,
  StoredEvent,
} from "./types.js";

const longestWaitMs = 30_000;

/**
 * The events after a position, of all tenants or of one, as soon as there are any. Whoever goes on from the position
 * that was answered misses none and sees none twice.
 */
export const followEvents = api(
  { method: "POST", path: "/events/follow", expose: false },
  async (request: FollowEventsRequest): Promise<FollowEventsResponse> => {
    const limit = pageSize(request.limit, { default: 100, max: 200 });
    const until = Date.now() + Math.min(Math.max(request.waitMs ?? 0, 0), longestWaitMs);
    for (let after = request.after; ; ) {
      const seen = timesTold();
      const page = await eventsAfter(db, { ...request, after, limit });
      if (page.events.length > 0 || Date.now() >= until) return page;
      after = page.position;
      await untilEventsKept(seen, until - Date.now());
    }
  },
);

/** The tenant's kept events. */
export const listEvents = api(
  { method: "GET", path: "/events", expose: false, auth: true },
  async (request: ListEventsRequest): Promise<ListEventsResponse> =>
    reading.listEvents(db, requireIdentity().tenantId, request),
);

/** One kept event. */
export const getEvent = api(
  { method: "GET", path: "/events/:eventId", expose: false, auth: true },
  async ({ eventId }: GetEventRequest): Promise<StoredEvent> =>
    reading.getEvent(db, requireIdentity().tenantId, eventId),
);

/** Every version of every event type. */
export const getEventCatalogue = api(
  { method: "GET", path: "/events/catalogue", expose: false },
  async (): Promise<EventCatalogueResponse> => ({ events: [...eventCatalogue] }),
);

/** Begins to deliver kept events to one subscription again. */
export const startEventReplay = api(
  { method: "POST", path: "/events/replays", expose: false, auth: true },
  async (request: StartEventReplayRequest): Promise<EventReplay> => {
    const replay = await replays.startEventReplay(db, requireIdentity(), request);
    wakeReplays();
    return replay;
  },
);

/** The tenant's replays, newest first. */
export const listEventReplays = api(
  { method: "GET", path: "/events/replays", expose: false, auth: true },
  async (request: ListEventReplaysRequest): Promise<ListEventReplaysResponse> =>
    replays.listEventReplays(db, requireIdentity().tenantId, request),
);

/** How far a replay has come. */
export const getEventReplay = api(
  { method: "GET", path: "/events/replays/:id", expose: false, auth: true },
  async ({ id }: EventReplayRequest): Promise<EventReplay> =>
    replays.getEventReplay(db, requireIdentity().tenantId, id),
);

/** Ends a replay. */
export const cancelEventReplay = api(
  { method: "POST", path: "/events/replays/:id/cancel", expose: false, auth: true },
  async ({ id }: EventReplayRequest): Promise<EventReplay> =>
    replays.cancelEventReplay(db, requireIdentity(), id),
);
