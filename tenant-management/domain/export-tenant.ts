import { and, eq } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { pageSize } from "../../shared/pagination/cursor.js";
import { sortedPage } from "../../shared/pagination/sorted-page.js";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import type { Db } from "../db.js";
import { exportQueue, tenantExports } from "../schema.js";
import type { ListTenantExportsRequest, ListTenantExportsResponse, TenantExport } from "../types.js";
import { type TenantActor, tellOfTenant } from "./tenant-events.js";
import { findTenant } from "./tenants.js";

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const mostKept = 20;
const sorting = {
  fields: { createdAt: tenantExports.createdAt },
  byDefault: "-createdAt",
  id: tenantExports.id,
} as const;

export type ExportRow = typeof tenantExports.$inferSelect;

/**
 * Queues an export of all that is held of the tenant. Throws `failedPrecondition` while another one runs, and
 * `resourceExhausted` where twenty are kept.
 */
export async function startExport(db: Db, actor: TenantActor): Promise<TenantExport> {
  const { tenantId, userID } = actor;
  return await withTenant(db, tenantId, async (tx) => {
    await findTenant(tx, tenantId, "for-update");
    const known = await tx
      .select({ state: tenantExports.state })
      .from(tenantExports)
      .where(eq(tenantExports.tenantId, tenantId));
    if (known.some(({ state }) => state === "running")) {
      throw APIError.failedPrecondition("An export is running already.").withDetails({
        reason: "export_running",
      });
    }
    if (known.length >= mostKept) {
      throw APIError.resourceExhausted(`${mostKept} exports are kept; delete one first.`).withDetails({
        reason: "too_many_exports",
      });
    }
    const [row] = await tx.insert(tenantExports).values({ tenantId, createdBy: userID }).returning();
    await tx.insert(exportQueue).values({ exportId: row!.id, tenantId });
    await tellOfTenant(tx, actor, { action: "tenant-export-started", details: { exportId: row!.id } });
    return toExport(row!);
  });
}

/** An export with how far it is. Throws `notFound`. */
export async function getExport(db: Db, tenantId: string, exportId: string): Promise<TenantExport> {
  return toExport(await withTenant(db, tenantId, (tx) => findExport(tx, tenantId, exportId)));
}

/** The tenant's exports, newest first or as asked for. */
export async function listExports(
  db: Db,
  request: ListTenantExportsRequest,
): Promise<ListTenantExportsResponse> {
  const { tenantId } = request;
  const limit = pageSize(request.limit, { default: 20, max: 100 });
  const order = sortedPage(request, sorting);
  const rows = await withTenant(db, tenantId, (tx) =>
    tx
      .select({ row: tenantExports, key: order.key })
      .from(tenantExports)
      .where(and(eq(tenantExports.tenantId, tenantId), order.after))
      .orderBy(order.orderBy)
      .limit(limit + 1),
  );
  return {
    exports: rows.slice(0, limit).map(({ row }) => toExport(row)),
    ...order.next(rows, limit, ({ row }) => row.id),
  };
}

/** Forgets an export that does not run. `removeFiles` comes first and may be repeated. Throws `notFound`. */
export async function deleteExport(
  db: Db,
  actor: TenantActor,
  request: { exportId: string; removeFiles: () => Promise<void> },
): Promise<void> {
  const { tenantId } = actor;
  const { exportId } = request;
  requireEnded(await getExport(db, tenantId, exportId));
  await request.removeFiles();
  await withTenant(db, tenantId, async (tx) => {
    await tx
      .delete(tenantExports)
      .where(and(eq(tenantExports.tenantId, tenantId), eq(tenantExports.id, exportId)));
    await tellOfTenant(tx, actor, { action: "tenant-export-deleted", details: { exportId } });
  });
}

/** The number of parts of a completed export. Throws `notFound`, and `failedPrecondition` for any other. */
export async function requireParts(db: Db, tenantId: string, exportId: string): Promise<number> {
  const row = await withTenant(db, tenantId, (tx) => findExport(tx, tenantId, exportId));
  if (row.state === "completed") return row.parts;
  throw APIError.failedPrecondition(`The export is not completed but ${row.state}.`).withDetails({
    reason: "export_not_completed",
  });
}

async function findExport(tx: Db, tenantId: string, exportId: string): Promise<ExportRow> {
  const missing = APIError.notFound("No such export.");
  if (!uuidPattern.test(exportId)) throw missing;
  const [row] = await tx
    .select()
    .from(tenantExports)
    .where(and(eq(tenantExports.tenantId, tenantId), eq(tenantExports.id, exportId)));
  if (row === undefined) throw missing;
  return row;
}

function requireEnded({ state }: TenantExport): void {
  if (state !== "running") return;
  throw APIError.failedPrecondition("The export is running.").withDetails({ reason: "export_running" });
}

function toExport(row: ExportRow): TenantExport {
  const { id, tenantId, state, items, createdBy, createdAt, finishedAt, error } = row;
  return {
    id,
    tenantId,
    state,
    items,
    createdBy,
    createdAt,
    ...(finishedAt === null ? {} : { finishedAt }),
    ...(error === null ? {} : { error }),
  };
}
