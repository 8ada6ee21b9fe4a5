import { and, eq, sql } from "drizzle-orm";
import log from "encore.dev/log";
import type postgres from "postgres";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import { triggerFeeds, triggerSources } from "../../schema.js";
import type { DataSource } from "../../sources/data-source.js";
import { parseEntityName, quoteTable } from "../../sources/identifiers.js";
import type { CaptureWorld } from "./capture-workspace.js";
import { removeReplication } from "./replication/slot.js";
import { tellCapture, warnOfCapture } from "./tell-capture.js";

/** What reading the changes of data sources needs of its surroundings. */
export interface FeedWorld extends CaptureWorld {
  open: (tenantId: string, source: string) => Promise<DataSource>;
  /** A connection to the source's write-ahead log; undefined where a pooler stands before it. */
  openReplication: (tenantId: string, source: string) => Promise<postgres.Sql | undefined>;
  /** The tenant is neither suspended nor on its way out. */
  isActive: (tenantId: string) => Promise<boolean>;
  /** Bytes of the write-ahead log that a slot may keep before someone is told. */
  mostRetainedBytes: number;
}

/** A data source of a tenant. */
export interface FeedName {
  tenantId: string;
  source: string;
}

/** What is known of the capture of a data source. */
export type FeedState = typeof triggerSources.$inferSelect;

/** Tells once of a slot that keeps too much of the write-ahead log. */
export async function noteRetained(
  on: FeedWorld,
  capture: FeedName & { slot: string },
  bytes: number,
): Promise<void> {
  const { tenantId, source, slot } = capture;
  const where = and(eq(triggerSources.tenantId, tenantId), eq(triggerSources.source, source));
  await withTenant(on.db, tenantId, async (tx) => {
    if (bytes < on.mostRetainedBytes / 2)
      await tx.update(triggerSources).set({ warnedAt: null }).where(and(where, sql`warned_at is not null`));
    if (bytes <= on.mostRetainedBytes) return;
    const warned = await tx
      .update(triggerSources)
      .set({ warnedAt: sql`now()` })
      .where(and(where, sql`warned_at is null`))
      .returning({ source: triggerSources.source });
    if (warned.length === 0) return;
    await warnOfCapture(tx, capture, {
      reason: "wal_retained",
      message: `The replication slot ${slot} keeps ${Math.ceil(bytes / 1_048_576)} MiB of the write-ahead log of "${source}". Should its disk run full, stop the capture: that removes the slot.`,
    });
  });
}

/**
 * Removes what was made in a data source for its capture, and forgets it where no rule needs it. It is told of, but in a
 * purge, after which nothing of the tenant may be left.
 */
export async function takeDown(
  on: FeedWorld,
  name: FeedName,
  state: FeedState | undefined,
  { forget, purged = false }: { forget: boolean; purged?: boolean },
): Promise<void> {
  const { tenantId, source } = name;
  const made = state?.slot ?? state?.publication;
  if (state && made) {
    const identified = state.entities
      .filter(({ identityMadeFull }) => identityMadeFull)
      .map(({ entity }) => quoteTable(parseEntityName(entity, "public")));
    const sql = await on.openReplication(tenantId, source);
    try {
      if (sql) await removeReplication(sql, made, identified);
    } finally {
      await sql?.end({ timeout: 1 });
    }
    log.info("replication slot removed", { tenantId, dataSource: source, slot: made });
  }
  const where = and(eq(triggerSources.tenantId, tenantId), eq(triggerSources.source, source));
  await withTenant(on.db, tenantId, async (tx) => {
    if (state && made && !purged) await tellCapture(tx, state, { change: "removed" });
    await tx.execute(
      sql`delete from trigger_watermarks where tenant_id = ${tenantId} and source = ${source}`,
    );
    const none = { slot: null, publication: null, mode: null, entities: [], position: null, startedAt: null };
    if (!forget) await tx.update(triggerSources).set(none).where(where);
    else {
      await tx.delete(triggerSources).where(where);
      await tx
        .delete(triggerFeeds)
        .where(and(eq(triggerFeeds.tenantId, tenantId), eq(triggerFeeds.source, source)));
    }
  });
}

/** Keeps why changes of a data source cannot be read, and tells of it the first time. */
export async function noteFailure(on: FeedWorld, name: FeedName, error: unknown): Promise<void> {
  const { tenantId, source } = name;
  const message = (error instanceof Error ? error.message : String(error)).slice(0, 2_000);
  await withTenant(on.db, tenantId, async (tx) => {
    const [row] = await tx
      .update(triggerSources)
      .set({
        state: sql`case when state = 'stopped' then state else 'failing' end`,
        error: message,
        failingSince: sql`coalesce(failing_since, now())`,
      })
      .where(and(eq(triggerSources.tenantId, tenantId), eq(triggerSources.source, source)))
      .returning({
        first: sql<boolean>`failing_since = now()`,
        slot: triggerSources.slot,
        state: triggerSources.state,
      });
    // At the first failure; those that follow it are the same incident.
    if (row?.state === "failing" && row.first)
      await warnOfCapture(
        tx,
        { ...name, slot: row.slot },
        {
          reason: "capture_failing",
          message: `Changes of "${source}" cannot be read: ${message} They are caught up once they can.`,
        },
      );
  });
}
