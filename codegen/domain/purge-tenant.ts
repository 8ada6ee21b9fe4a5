import type { TenantEvent } from "../../shared/events/types.js";
import { answerPurge, purgeTables } from "../../shared/tenancy/tenant-purge.js";
import type { Db } from "../db.js";

/** What holds data of a tenant. */
export interface TenantHoldings {
  /** Tables; those that refer to others come first. */
  tables: readonly string[];
  /** Removes the archives of its projects; says how many they were. */
  removeArchives: (tenantId: string) => Promise<number>;
  /** Ends its deployments on this machine, with their databases and files; says of how many projects they were. */
  removeDeployments: (tenantId: string) => Promise<number>;
}

/** Removes all that is a tenant's here and answers with how much it was. A second run finds nothing and answers again. */
export async function purgeTenant(db: Db, holdings: TenantHoldings, cause: TenantEvent): Promise<void> {
  const { tenantId } = cause;
  const localProjects = await holdings.removeDeployments(tenantId);
  const archives = await holdings.removeArchives(tenantId);
  const counts = await purgeTables(db, tenantId, holdings.tables);
  await answerPurge(db, cause, {
    type: "tenant-data-purged",
    service: "codegen",
    counts: { ...counts, archives, localProjects },
  });
}
