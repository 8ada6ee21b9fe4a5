import { asc, eq } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { setTenant, withTenant } from "../../shared/tenancy/with-tenant.js";
import type { Db } from "../db.js";
import { deletionQueue, tenantDeletions, tenantPurges, tenants } from "../schema.js";
import type { PurgedService, TenantDeletion } from "../types.js";
import { type TenantActor, tellOfTenant } from "./tenant-events.js";
import { findTenant } from "./tenants.js";

const dayMs = 24 * 60 * 60 * 1000;
const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

type DeletionRow = typeof tenantDeletions.$inferSelect;

/**
 * Asks for the deletion of the tenant, which takes place when the grace period is over. Asking again changes nothing.
 * Throws `invalidArgument` where the slug is not the tenant's.
 */
export async function requestDeletion(
  db: Db,
  actor: TenantActor,
  request: { confirmSlug: string; graceDays: number },
): Promise<TenantDeletion> {
  const { tenantId, userID } = actor;
  return await withTenant(db, tenantId, async (tx) => {
    const tenant = await findTenant(tx, tenantId, "for-update");
    if (request.confirmSlug !== tenant.slug) {
      throw APIError.invalidArgument("confirmSlug: must be the slug of the organization.").withDetails({
        reason: "slug_not_confirmed",
      });
    }
    const known = await readDeletion(tx, tenantId);
    if (known !== undefined) return await toDeletion(tx, known);
    const purgeAt = new Date(Date.now() + request.graceDays * dayMs);
    const [row] = await tx
      .insert(tenantDeletions)
      .values({ tenantId, requestedBy: userID, purgeAt })
      .returning();
    await tx.insert(deletionQueue).values({ tenantId, dueAt: purgeAt });
    await tx.update(tenants).set({ purgeAt }).where(eq(tenants.id, tenantId));
    await tellOfTenant(tx, actor, {
      event: { type: "tenant-deletion-requested", purgeAt: purgeAt.toISOString() },
      action: "tenant-deletion-requested",
      details: { purgeAt: purgeAt.toISOString() },
    });
    return await toDeletion(tx, row!);
  });
}

/** Takes the request back. Throws `notFound` where there is none, `failedPrecondition` once the purge has begun. */
export async function cancelDeletion(db: Db, actor: TenantActor): Promise<void> {
  const { tenantId } = actor;
  await withTenant(db, tenantId, async (tx) => {
    await findTenant(tx, tenantId, "for-update");
    const deletion = await readDeletion(tx, tenantId);
    if (deletion === undefined) throw noDeletion();
    if (deletion.purgeStartedAt !== null) {
      throw APIError.failedPrecondition("The data is being removed already.").withDetails({
        reason: "purge_started",
      });
    }
    await tx.delete(deletionQueue).where(eq(deletionQueue.tenantId, tenantId));
    await tx.delete(tenantDeletions).where(eq(tenantDeletions.tenantId, tenantId));
    await tx.update(tenants).set({ purgeAt: null }).where(eq(tenants.id, tenantId));
    await tellOfTenant(tx, actor, {
      event: { type: "tenant-deletion-cancelled" },
      action: "tenant-deletion-cancelled",
    });
  });
}

/** How far the deletion is. Throws `notFound` where none was asked for. */
export async function getDeletion(db: Db, tenantId: string): Promise<TenantDeletion> {
  return await withTenant(db, tenantId, async (tx) => {
    const row = await readDeletion(tx, tenantId);
    if (row === undefined) throw noDeletion();
    return await toDeletion(tx, row);
  });
}

/** The deletion that a receipt's id tells of. Throws `notFound`, also for the right tenant with a wrong secret. */
export async function getReceipt(db: Db, receiptId: string): Promise<TenantDeletion> {
  const separator = receiptId.lastIndexOf(".");
  const tenantId = receiptId.slice(0, Math.max(separator, 0));
  const secret = receiptId.slice(separator + 1);
  if (tenantId === "" || tenantId.includes("\0") || !uuidPattern.test(secret)) throw noReceipt();
  return await db.transaction(async (tx) => {
    await setTenant(tx, tenantId);
    const row = await readDeletion(tx, tenantId);
    if (row === undefined || row.receiptSecret !== secret.toLowerCase()) throw noReceipt();
    return await toDeletion(tx, row);
  });
}

async function readDeletion(tx: Db, tenantId: string): Promise<DeletionRow | undefined> {
  const [row] = await tx.select().from(tenantDeletions).where(eq(tenantDeletions.tenantId, tenantId));
  return row;
}

async function toDeletion(tx: Db, row: DeletionRow): Promise<TenantDeletion> {
  const { tenantId, requestedBy, requestedAt, purgeAt, purgeStartedAt, completedAt } = row;
  const services: PurgedService[] = await tx
    .select({
      service: tenantPurges.service,
      counts: tenantPurges.counts,
      purgedAt: tenantPurges.purgedAt,
    })
    .from(tenantPurges)
    .where(eq(tenantPurges.tenantId, tenantId))
    .orderBy(asc(tenantPurges.service));
  return {
    tenantId,
    state: completedAt !== null ? "completed" : purgeStartedAt !== null ? "purging" : "requested",
    requestedBy,
    requestedAt,
    purgeAt,
    ...(completedAt === null ? {} : { completedAt }),
    receiptId: `${tenantId}.${row.receiptSecret}`,
    services,
  };
}

function noDeletion(): APIError {
  return APIError.notFound("No deletion of the organization was asked for.").withDetails({
    reason: "no_deletion",
  });
}

function noReceipt(): APIError {
  return APIError.notFound("No such receipt.");
}
