import type { TenantEvent } from "../../shared/events/types.js";
import { answerPurge, purgeTables } from "../../shared/tenancy/tenant-purge.js";
import type { Db } from "../db.js";

/** Removes a tenant's projects and answers with how many they were. A second run finds nothing and answers again. */
export async function purgeTenant(db: Db, cause: TenantEvent): Promise<void> {
  const { tenantId } = cause;
  const counts = await purgeTables(db, tenantId, ["projects"]);
  await answerPurge(db, cause, { type: "tenant-data-purged", service: "codegen", counts });
}
