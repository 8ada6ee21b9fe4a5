import type { AnyDb } from "../database/handle.js";
import { newEvent } from "../events/envelope.js";
import { addToOutbox } from "../events/outbox.js";
import type { TenantDataPurged, TenantEvent } from "../events/types.js";
import { deleteTenantRows } from "./tenant-rows.js";

/**
 * Removes a tenant's rows of several tables, one after the other: those that refer to others come first. Returns table →
 * rows removed.
 */
export async function purgeTables<TSchema extends Record<string, unknown>>(
  db: AnyDb<TSchema>,
  tenantId: string,
  tables: readonly string[],
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of tables) counts[table] = await deleteTenantRows(db, tenantId, { table });
  return counts;
}

/** Answers a request to purge through the outbox of `db`: with what the service removed, for the receipt. */
export async function answerPurge<TSchema extends Record<string, unknown>>(
  db: AnyDb<TSchema>,
  cause: TenantEvent,
  purged: TenantDataPurged,
): Promise<void> {
  const answer = newEvent(purged, { tenantId: cause.tenantId, userId: "system", cause });
  await db.transaction((tx) => addToOutbox(tx, "tenant-events", answer));
}
