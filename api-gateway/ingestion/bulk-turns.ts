import { setTimeout as delay } from "node:timers/promises";
import { APIError } from "encore.dev/api";
import { TenantPacing } from "../../shared/concurrency/tenant-pacing.js";
import { withHeaders } from "../answers/answer-headers.js";

/** Events of a request that are taken in as they come, whoever sends. */
const fewEvents = 20;
/** Events of a flood that are stored at once while several tenants send. */
const eventsAtOnce = 12;
/** How many times as long as storing a part took the rest after it is. */
const restShare = 6;
/** Requests of a flood that wait at most, the one at work included. */
const mostWaiting = 32;
const retryAfterSeconds = 1;

/**
 * Takes in the events of large requests. While several tenants send, the requests of one that floods come one after the
 * other, in parts with a rest after each, which leaves time to the others. Alone a tenant has all there is.
 */
export class BulkTurns {
  private readonly pacing: TenantPacing;
  private readonly lanes = new Map<string, { waiting: number; last: Promise<unknown> }>();

  /** `now` tells the time in milliseconds. */
  constructor(now?: () => number) {
    this.pacing = new TenantPacing(restShare, now);
  }

  /**
   * Has `store` take in the events, all at once or in parts, in their order; answers what it answered. Throws
   * `resourceExhausted`, with `Retry-After`, where too many of the tenant's requests wait.
   */
  async run<Item, Result>(
    tenantId: string,
    events: Item[],
    store: (events: Item[]) => Promise<Result>,
  ): Promise<Result[]> {
    const { pacing } = this;
    pacing.seen(tenantId);
    if (events.length <= fewEvents) return [await store(events)];
    if (!pacing.isFlood(tenantId, events.length) || !pacing.several) return [await store(events)];
    return await this.inTurn(tenantId, async () => {
      const results: Result[] = [];
      for (let at = 0; at < events.length; at += eventsAtOnce) {
        const begun = performance.now();
        results.push(await store(events.slice(at, at + eventsAtOnce)));
        if (pacing.several) await delay(pacing.restAfter(performance.now() - begun));
      }
      return results;
    });
  }

  private async inTurn<Result>(tenantId: string, work: () => Promise<Result>): Promise<Result> {
    const lane = this.lanes.get(tenantId) ?? { waiting: 0, last: Promise.resolve() };
    if (lane.waiting >= mostWaiting) throw tooManyWaiting();
    this.lanes.set(tenantId, lane);
    lane.waiting++;
    const turn = lane.last.then(work);
    lane.last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      lane.waiting--;
      if (lane.waiting === 0) this.lanes.delete(tenantId);
    }
  }
}

function tooManyWaiting(): APIError {
  const error = APIError.resourceExhausted(
    `${mostWaiting} large requests of the tenant wait already, while others send events too. Try again in ${retryAfterSeconds} s.`,
  ).withDetails({ reason: "events_limited", limitedBy: "tenant", retryAfterSeconds });
  return withHeaders(error, { "Retry-After": String(retryAfterSeconds) });
}
