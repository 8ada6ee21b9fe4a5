import { api } from "encore.dev/api";
import { pageSize } from "../../shared/pagination/cursor.js";
import { db } from "../db.js";
import { eventsAfter } from "./domain/follow-events.js";
import { timesTold, untilEventsKept } from "./kept-signal.js";
import type { FollowEventsRequest, FollowEventsResponse } from "./types.js";

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
