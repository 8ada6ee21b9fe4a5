import type { TenantLimits, TenantPlan } from "../types.js";

/** What each plan allows. */
export const planLimits: Record<TenantPlan, TenantLimits> = {
  free: {
    requestsPerMinute: 600,
    rules: 50,
    rowsPerJob: 100_000,
    eventsPerMinute: 600,
    retentionDays: 30,
    members: 5,
    apiKeys: 5,
  },
  team: {
    requestsPerMinute: 6_000,
    rules: 500,
    rowsPerJob: 5_000_000,
    eventsPerMinute: 10_000,
    retentionDays: 365,
    members: 50,
    apiKeys: 50,
  },
  enterprise: {
    requestsPerMinute: 1_200_000,
    rules: 10_000,
    rowsPerJob: 1_000_000_000,
    eventsPerMinute: 1_200_000,
    retentionDays: 3_650,
    members: 10_000,
    apiKeys: 1_000,
  },
};
