import { api } from "encore.dev/api";
import { CronJob } from "encore.dev/cron";
import log from "encore.dev/log";
import { tenant_management } from "~encore/clients";
import { systemTenantId } from "../../shared/tenancy/system-tenant.js";
import { db } from "../db.js";
import { pruneNotifications } from "../notifications/domain/notifications.js";
import { pruneEvents, tenantsWithEvents } from "./domain/prune-events.js";

/** What belongs to no tenant is kept so long. */
const systemRetentionDays = 30;
const dayMs = 24 * 60 * 60 * 1000;

/** Forgets events and notifications that are older than their tenant's plan keeps them, and those of tenants that are gone. */
export const pruneKeptEvents = api(
  { method: "POST", path: "/maintenance/prune-events", expose: false },
  async (): Promise<void> => {
    let removed = 0;
    for (const tenantId of await tenantsWithEvents(db)) {
      try {
        const before = new Date(Date.now() - (await retentionDaysOf(tenantId)) * dayMs);
        await pruneNotifications(db, tenantId, before);
        removed += await pruneEvents(db, tenantId, before);
      } catch (error) {
        log.warn(error, "a tenant's events were not pruned", { tenantId });
      }
    }
    log.info("events pruned", { removed });
  },
);

async function retentionDaysOf(tenantId: string): Promise<number> {
  if (tenantId === systemTenantId) return systemRetentionDays;
  const { status, limits } = await tenant_management.getTenantPolicy({ tenantId });
  return status === "deleted" ? 0 : limits.retentionDays;
}

const _pruneKeptEvents = new CronJob("prune-events", {
  title: "Forget events that no plan keeps",
  every: "1h",
  endpoint: pruneKeptEvents,
});
