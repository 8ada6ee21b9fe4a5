import { and, eq, isNull, lte, sql } from "drizzle-orm";
import { handleOnce } from "../../shared/events/inbox.js";
import type { TenantDataPurged, TenantDataService, TenantEvent } from "../../shared/events/types.js";
import { setTenant } from "../../shared/tenancy/with-tenant.js";
import type { Db } from "../db.js";
import {
  conversionConfigs,
  dataSources,
  deletionQueue,
  exportQueue,
  notificationSettings,
  tenantDeletions,
  tenantExports,
  tenantPurges,
  tenantSlugs,
  tenants,
} from "../schema.js";
import { tellOfTenant } from "./tenant-events.js";

/** The services that answer a request to purge. This one comes last, by itself. */
export const purgingServices: TenantDataService[] = [
  "data-processing",
  "event-management",
  "codegen",
  "user-management",
  "api-gateway",
];

const repeatMinutes = 10;
const mostAtOnce = 20;

/**
 * Asks the services to purge the tenants whose grace period is over. Where not all have answered, they are asked
 * again ten minutes later. Any number of processes may do it. Returns how many tenants were asked for.
 */
export async function requestDuePurges(db: Db, now: Date = new Date()): Promise<number> {
  return await db.transaction(async (tx) => {
    const due = await tx
      .select()
      .from(deletionQueue)
      .where(lte(deletionQueue.dueAt, now))
      .orderBy(deletionQueue.dueAt)
      .limit(mostAtOnce)
      .for("update", { skipLocked: true });
    for (const { tenantId } of due) {
      await setTenant(tx, tenantId);
      // Whoever works on an export of it finds out with the next part, long before the files are removed.
      await tx.delete(exportQueue).where(eq(exportQueue.tenantId, tenantId));
      await tx
        .update(tenantDeletions)
        .set({ purgeStartedAt: sql`coalesce(${tenantDeletions.purgeStartedAt}, now())` })
        .where(eq(tenantDeletions.tenantId, tenantId));
      await tx
        .update(deletionQueue)
        .set({ dueAt: new Date(now.getTime() + repeatMinutes * 60_000) })
        .where(eq(deletionQueue.tenantId, tenantId));
      await tellOfTenant(tx, { tenantId, userID: "system" }, { event: { type: "tenant-purge-requested" } });
    }
    return due.length;
  });
}

/**
 * Keeps a service's answer for the receipt. With the last one, what is here of the tenant is removed too, and the
 * deletion is complete. `removeFiles` removes what is kept outside the database, and may be repeated.
 */
export async function receivePurged(
  db: Db,
  event: TenantEvent & { event: TenantDataPurged },
  removeFiles: (tenantId: string) => Promise<number>,
): Promise<void> {
  const { eventId, tenantId } = event;
  const { service, counts } = event.event;
  if (service === "tenant-management") return;
  let complete = false;
  await db.transaction(async (tx) => {
    await setTenant(tx, tenantId);
    complete = await isLast(tx, tenantId, service);
  });
  const files = complete ? await removeFiles(tenantId) : 0;
  await handleOnce(db, { subscription: "collect-purges", eventId, tenantId }, async (tx) => {
    const [deletion] = await tx
      .select()
      .from(tenantDeletions)
      .where(and(eq(tenantDeletions.tenantId, tenantId), isNull(tenantDeletions.completedAt)))
      .for("update");
    if (deletion === undefined || deletion.purgeStartedAt === null) return;
    await keepAnswer(tx, tenantId, { service, counts });
    if (!(await isLast(tx, tenantId, service))) return;
    const own = { ...(await purgeOwn(tx, tenantId)), "tenant-exports": files };
    await keepAnswer(tx, tenantId, { service: "tenant-management", counts: own });
    await tx
      .update(tenantDeletions)
      .set({ completedAt: new Date() })
      .where(eq(tenantDeletions.tenantId, tenantId));
    await tx.delete(deletionQueue).where(eq(deletionQueue.tenantId, tenantId));
    await tellOfTenant(
      tx,
      { tenantId, userID: "system" },
      { event: { type: "tenant-data-purged", service: "tenant-management", counts: own } },
    );
  });
}

async function isLast(tx: Db, tenantId: string, answering: string): Promise<boolean> {
  const answers = await tx
    .select({ service: tenantPurges.service })
    .from(tenantPurges)
    .where(eq(tenantPurges.tenantId, tenantId));
  const known = new Set([answering, ...answers.map(({ service }) => service)]);
  return purgingServices.every((service) => known.has(service));
}

/** A later answer adds to an earlier one: each counts what its own run removed. */
async function keepAnswer(
  tx: Db,
  tenantId: string,
  answer: { service: string; counts: Record<string, number> },
): Promise<void> {
  const { service, counts } = answer;
  const [known] = await tx
    .select()
    .from(tenantPurges)
    .where(and(eq(tenantPurges.tenantId, tenantId), eq(tenantPurges.service, service)));
  const sum = { ...known?.counts };
  for (const [table, rows] of Object.entries(counts)) sum[table] = (sum[table] ?? 0) + rows;
  await tx
    .insert(tenantPurges)
    .values({ tenantId, service, counts: sum })
    .onConflictDoUpdate({ target: [tenantPurges.tenantId, tenantPurges.service], set: { counts: sum } });
}

/** What is here is bounded: a hundred sources, one row of each setting, and few exports. */
async function purgeOwn(tx: Db, tenantId: string): Promise<Record<string, number>> {
  await tx.delete(exportQueue).where(eq(exportQueue.tenantId, tenantId));
  const exports = await tx
    .delete(tenantExports)
    .where(eq(tenantExports.tenantId, tenantId))
    .returning({ id: tenantExports.id });
  const sources = await tx
    .delete(dataSources)
    .where(eq(dataSources.tenantId, tenantId))
    .returning({ id: dataSources.id });
  const configs = await tx
    .delete(conversionConfigs)
    .where(eq(conversionConfigs.tenantId, tenantId))
    .returning({ id: conversionConfigs.tenantId });
  const settings = await tx
    .delete(notificationSettings)
    .where(eq(notificationSettings.tenantId, tenantId))
    .returning({ id: notificationSettings.tenantId });
  await tx.delete(tenantSlugs).where(eq(tenantSlugs.tenantId, tenantId));
  const own = await tx.delete(tenants).where(eq(tenants.id, tenantId)).returning({ id: tenants.id });
  return {
    tenants: own.length,
    data_sources: sources.length,
    conversion_configs: configs.length,
    notification_settings: settings.length,
    tenant_exports: exports.length,
  };
}
