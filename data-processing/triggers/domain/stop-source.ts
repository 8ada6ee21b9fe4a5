import { and, eq, sql } from "drizzle-orm";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import type { Actor } from "../../entity-conversion/domain/actor.js";
import { triggerFeeds, triggerSources } from "../../schema.js";
import { workspaceSource } from "../../sources/data-source.js";
import type { CaptureState } from "../types.js";
import { findTriggerSource } from "./list-sources.js";
import { triggerChannel } from "./record-runs.js";
import { tellCapture } from "./tell-capture.js";

/**
 * Stops noticing changes of a data source: until it is started again, changes start nothing, and nothing of them is kept.
 * What Axion made in the data source is removed by whoever reads its changes. Stopping it again changes nothing.
 */
export async function stopTriggerSource(db: Db, actor: Actor, dataSource: string): Promise<void> {
  await setState(db, actor, dataSource, "stopped");
}

/** Notices changes of a data source again, from now on. Starting one that is not stopped changes nothing. */
export async function startTriggerSource(db: Db, actor: Actor, dataSource: string): Promise<void> {
  await setState(db, actor, dataSource, "starting");
}

async function setState(db: Db, actor: Actor, dataSource: string, state: CaptureState): Promise<void> {
  const { tenantId, userID } = actor;
  await withTenant(db, tenantId, async (tx) => {
    const row = await findTriggerSource(tx, tenantId, dataSource);
    if ((row.state === "stopped") === (state === "stopped")) return;
    const where = and(eq(triggerSources.tenantId, tenantId), eq(triggerSources.source, dataSource));
    await tx
      .update(triggerSources)
      .set({ state, error: null, failingSince: null, startedAt: null })
      .where(where);
    await tellCapture(
      tx,
      { ...row, tenantId },
      { change: state === "stopped" ? "stopped" : "started", by: userID },
    );
    if (dataSource === workspaceSource)
      await tx.execute(sql`
        insert into trigger_tenants (tenant_id) values (${tenantId})
        on conflict (tenant_id) do update set due_at = now()`);
    else
      await tx
        .update(triggerFeeds)
        .set({ revision: sql`${triggerFeeds.revision} + 1` })
        .where(and(eq(triggerFeeds.tenantId, tenantId), eq(triggerFeeds.source, dataSource)));
    await tx.execute(sql`select pg_notify(${triggerChannel}, 'feeds')`);
  });
}
