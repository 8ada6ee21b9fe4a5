import { setTimeout as delay } from "node:timers/promises";
import { and, eq, sql } from "drizzle-orm";
import log from "encore.dev/log";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import { triggerFeeds, triggerSources } from "../../schema.js";
import { type FeedState, type FeedWorld, takeDown } from "./feed-state.js";
import { triggerChannel } from "./record-runs.js";
import { warnOfCapture } from "./tell-capture.js";

/**
 * Removes what was made in a data source for its capture, before its settings are deleted. Where the source cannot be
 * reached, whoever runs it is told of the slot that is left there; that is no reason to keep the settings.
 */
export async function releaseSource(on: FeedWorld, tenantId: string, source: string): Promise<void> {
  const where = and(eq(triggerSources.tenantId, tenantId), eq(triggerSources.source, source));
  const state = await withTenant(on.db, tenantId, async (tx) => {
    const [row] = await tx.update(triggerSources).set({ state: "stopped" }).where(where).returning();
    if (!row) return undefined;
    await tx
      .update(triggerFeeds)
      .set({ revision: sql`${triggerFeeds.revision} + 1` })
      .where(and(eq(triggerFeeds.tenantId, tenantId), eq(triggerFeeds.source, source)));
    await tx.execute(sql`select pg_notify(${triggerChannel}, 'feeds')`);
    return row;
  });
  if (!state) return;
  try {
    await takeDown(on, { tenantId, source }, state, { forget: true });
  } catch (error) {
    const slot = state.slot ?? state.publication;
    log.warn(error, "a replication slot is left behind", { tenantId, dataSource: source, slot });
    await withTenant(on.db, tenantId, async (tx) => {
      await tx.delete(triggerSources).where(where);
      if (slot !== null)
        await warnOfCapture(
          tx,
          { tenantId, source, slot },
          {
            reason: "wal_retained",
            message: `The data source "${source}" was deleted while it could not be reached: its replication slot ${slot}, if it is still there, must be dropped by hand.`,
          },
        );
    });
  }
}

const mostSources = 1_000;
const longestMs = 30_000;

/**
 * Removes what was made in all data sources of a tenant that is purged. Returns how many replication slots are left where a
 * source did not let them be removed in time: the log names them, since of the tenant nobody is left to be told.
 */
export async function releaseAllSources(on: FeedWorld, tenantId: string): Promise<number> {
  const states = await withTenant(on.db, tenantId, (tx) =>
    tx.select().from(triggerSources).where(eq(triggerSources.tenantId, tenantId)).limit(mostSources),
  );
  const left = await Promise.all(states.map((state) => isLeft(on, state)));
  return left.filter(Boolean).length;
}

async function isLeft(on: FeedWorld, state: FeedState): Promise<boolean> {
  const { tenantId, source } = state;
  const slot = state.slot ?? state.publication;
  if (slot === null) return false;
  const late = new AbortController();
  try {
    const tooLate = delay(longestMs, undefined, { signal: late.signal }).then(() => {
      throw new Error(`The data source did not answer within ${longestMs / 1000} seconds.`);
    });
    const removed = takeDown(on, { tenantId, source }, state, { forget: true, purged: true });
    await Promise.race([removed, tooLate]);
    return false;
  } catch (error) {
    const about = { tenantId, dataSource: source, slot };
    log.warn(error, "a replication slot is left behind: it must be dropped by hand", about);
    return true;
  } finally {
    late.abort();
  }
}
