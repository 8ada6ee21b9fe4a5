import { eq } from "drizzle-orm";
import type { TenantEvent } from "../../shared/events/types.js";
import { answerPurge, purgeTables } from "../../shared/tenancy/tenant-purge.js";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import { executionJournal, jobQueue, jobs, writeBackJournal } from "../schema.js";
import type { FeedWorld } from "../triggers/domain/feed-state.js";
import { releaseAllSources } from "../triggers/domain/release-source.js";
import { purgeWorkspace } from "./workspace-rows.js";

/** Rows that others refer to come after those. */
const tables = [
  "trigger_queue",
  "trigger_runs",
  "trigger_sources",
  "trigger_watermarks",
  "trigger_feeds",
  "trigger_tenants",
  "shadow_differences",
  "shadow_runs",
  "job_failures",
  "job_reasons",
  "job_records",
  "jobs",
  "executions",
  "rule_rollouts",
  "rule_versions",
  "rules",
  "schema_snapshots",
  "drift_checks",
];

/** Removes all that is held of a tenant, and answers with what it was. A second run finds nothing and answers again. */
export async function purgeTenant(on: FeedWorld, cause: TenantEvent): Promise<void> {
  const { db } = on;
  const { tenantId } = cause;
  const counts: Record<string, number> = {};
  const slotsLeft = await releaseAllSources(on, tenantId);
  if (slotsLeft > 0) counts.replication_slots_left = slotsLeft;
  await withTenant(db, tenantId, async (tx) => {
    // Whoever works on one of these jobs has lost it: its next step finds no claim.
    const queued = await tx
      .delete(jobQueue)
      .where(eq(jobQueue.tenantId, tenantId))
      .returning({ id: jobQueue.jobId });
    await tx.update(jobs).set({ retryOf: null, undoOf: null }).where(eq(jobs.tenantId, tenantId));
    counts.job_queue = queued.length;
    await tx.delete(executionJournal).where(eq(executionJournal.tenantId, tenantId));
    await tx.delete(writeBackJournal).where(eq(writeBackJournal.tenantId, tenantId));
  });
  Object.assign(counts, await purgeTables(db, tenantId, tables), await purgeWorkspace(tenantId));
  await answerPurge(db, cause, { type: "tenant-data-purged", service: "data-processing", counts });
}
