import { api } from "encore.dev/api";
import { codegen, data_processing, event_management, tenant_management } from "~encore/clients";
import { requireIdentity } from "../shared/tenancy/identity.js";
import { collectParts, overviewPart } from "./overview/part.js";
import type { ActivityOverview, Overview } from "./overview/types.js";

const parts = [
  overviewPart("conversion", {
    permission: "schema:read",
    read: () => data_processing.getConversionFigures(),
  }),
  overviewPart("activity", { permission: "audit:view", read: readActivity }),
  overviewPart("notifications", {
    read: async () => ({ unread: (await event_management.listNotifications({ limit: 1 })).unreadCount }),
  }),
  overviewPart("deadLetters", {
    permission: "deadletter:manage",
    read: () => event_management.getDeadLetterFigures(),
  }),
  overviewPart("dataSources", {
    permission: "schema:read",
    read: async () => {
      const { tenantId } = requireIdentity();
      const { dataSources } = await tenant_management.listDataSources({ tenantId });
      return { total: dataSources.length };
    },
  }),
  overviewPart("projects", { permission: "schema:read", read: () => codegen.getProjectFigures() }),
  overviewPart("plan", {
    permission: "schema:read",
    read: async () => {
      const { tenantId } = requireIdentity();
      const { plan, limits } = await tenant_management.getTenantPolicy({ tenantId });
      return { plan, limits };
    },
  }),
];

async function readActivity(): Promise<ActivityOverview> {
  const dayAgo = new Date(Date.now() - 24 * 60 * 60 * 1000);
  const [converted, failed] = await Promise.all([
    event_management.listAuditEntries({ eventType: "entity-converted", limit: 5 }),
    event_management.listAuditEntries({
      eventType: "conversion-failed",
      from: dayAgo,
      limit: 1,
      count: true,
    }),
  ]);
  return { lastConversions: converted.entries, failures24h: failed.total ?? 0 };
}

/**
 * The tenant at a glance: rules and jobs, what happened last, what waits for attention, plan and limits. A service
 * that does not answer within 2 s leaves its part out, with a note.
 */
export const getOverview = api(
  { method: "GET", path: "/api/v1/overview", expose: true, auth: true },
  async (): Promise<Overview> => await collectParts(parts, requireIdentity().permissions),
);
