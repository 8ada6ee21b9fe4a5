import { newEvent } from "../../shared/events/envelope.js";
import { addToOutbox } from "../../shared/events/outbox.js";
import type { TenantEvent } from "../../shared/events/types.js";
import { deleteTenantRows } from "../../shared/tenancy/tenant-rows.js";
import type { Db } from "../db.js";

/** Removes a tenant's projects and answers with how many they were. A second run finds nothing and answers again. */
export async function purgeTenant(db: Db, cause: TenantEvent): Promise<void> {
  const { tenantId } = cause;
  const counts = { projects: await deleteTenantRows(db, tenantId, { table: "projects" }) };
  await db.transaction((tx) =>
    addToOutbox(
      tx,
      "tenant-events",
      newEvent(
        { type: "tenant-data-purged" as const, service: "codegen" as const, counts },
        { tenantId, userId: "system", cause },
      ),
    ),
  );
}
