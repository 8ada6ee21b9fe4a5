import { APIError } from "encore.dev/api";
import log from "encore.dev/log";
import type postgres from "postgres";
import { BatchedByKey } from "../../shared/concurrency/batched-by-key.js";
import type { CallerIdentity } from "../../shared/tenancy/identity.js";
import { withHeaders } from "../answers/answer-headers.js";
import { db } from "../db.js";
import { policyOf } from "../tenant-policies.js";
import { callerKey, callerShare, windowSeconds } from "./windows.js";

/** A counter that events are taken from. */
interface EventCounter {
  key: string;
  limit: number;
}

/** The counter that has no room, and how long until it starts anew. */
interface Exhausted extends EventCounter {
  used: number;
  resetSeconds: number;
}

/**
 * Takes `count` events out of what the tenant's plan and the caller's share of it allow in this minute: all of them
 * or none, over all instances. Throws `resourceExhausted`, with `Retry-After`, where they do not fit. Where the counters
 * cannot be reached, events go on.
 */
export async function requireEventAllowance(identity: CallerIdentity, count: number): Promise<void> {
  const limit = (await policyOf(identity.tenantId)).limits.eventsPerMinute;
  const counters = [
    { key: `events:${callerKey(identity)}`, limit: Math.ceil(limit * callerShare) },
    { key: `events:tenant:${identity.tenantId}`, limit },
  ];
  const exhausted = await taking.call(counters[0]!.key, { counters, count });
  if (exhausted === undefined) return;
  const { resetSeconds, used } = exhausted;
  const limitedBy = exhausted.key === counters[0]!.key ? "caller" : "tenant";
  const error = APIError.resourceExhausted(
    `Too many events: ${limitedBy === "caller" ? "this caller" : "the tenant"} may send ${exhausted.limit} a minute, ${used} were sent. Try again in ${resetSeconds} s.`,
  ).withDetails({
    reason: "events_limited",
    limitedBy,
    limit: exhausted.limit,
    used,
    retryAfterSeconds: resetSeconds,
  });
  throw withHeaders(error, { "Retry-After": String(resetSeconds) });
}

/** What one request takes, from counters that all requests of a batch share. */
interface Take {
  counters: EventCounter[];
  count: number;
}

/** Requests of a caller that come while a statement is under way are counted together by the next one. */
const taking = new BatchedByKey<Take, Exhausted | undefined>({
  run: async (takes) => {
    try {
      return await takeTogether(db.$client, takes);
    } catch (error) {
      log.warn("events are not counted: the shared counters do not answer", {
        error: error instanceof Error ? error.message : String(error),
      });
      return takes.map(() => undefined);
    }
  },
  most: 1_000,
});

/** Takes for all requests at once, or where that does not fit, for one after the other, in their order. */
export async function takeTogether(sql: postgres.Sql, takes: Take[]): Promise<(Exhausted | undefined)[]> {
  const { counters } = takes[0]!;
  const sum = takes.reduce((total, { count }) => total + count, 0);
  if (takes.length > 1 && (await takeFromAll(sql, counters, sum)) === undefined) {
    return takes.map(() => undefined);
  }
  const results: (Exhausted | undefined)[] = [];
  for (const { count } of takes) results.push(await takeFromAll(sql, counters, count));
  return results;
}

/** Adds `count` to every counter, in their order, if it fits into each; else changes none and answers the first. */
export async function takeFromAll(
  sql: postgres.Sql,
  counters: EventCounter[],
  count: number,
): Promise<Exhausted | undefined> {
  let exhausted: Exhausted | undefined;
  try {
    await sql.begin(async (tx) => {
      // What a crash of the server takes from a counter does no harm: nobody waits for its disk.
      await tx`set local synchronous_commit = off`;
      for (const counter of counters) {
        exhausted = await take(tx, counter, count);
        if (exhausted !== undefined) throw new NothingTaken();
      }
    });
  } catch (error) {
    if (!(error instanceof NothingTaken)) throw error;
  }
  return exhausted;
}

class NothingTaken extends Error {}

async function take(
  tx: postgres.TransactionSql,
  counter: EventCounter,
  count: number,
): Promise<Exhausted | undefined> {
  const { key, limit } = counter;
  const taken = await tx`
    insert into request_counts as c (key, used, resets_at)
    select ${key}, ${count}::bigint, now() + ${windowSeconds}::int * interval '1 second' where ${count}::bigint <= ${limit}::bigint
    on conflict (key) do update set
      used = case when c.resets_at <= now() then excluded.used else c.used + excluded.used end,
      resets_at = case when c.resets_at <= now() then excluded.resets_at else c.resets_at end
    where c.resets_at <= now() or c.used + excluded.used <= ${limit}::bigint
    returning 1 as one`;
  if (taken.length > 0) return undefined;
  const [row] = await tx<{ used: number; resetSeconds: number }[]>`
    select used::float8 as used, greatest(1, ceil(extract(epoch from resets_at - now())))::int as "resetSeconds"
    from request_counts where key = ${key} and resets_at > now()`;
  return { ...counter, ...(row ?? { used: 0, resetSeconds: windowSeconds }) };
}
