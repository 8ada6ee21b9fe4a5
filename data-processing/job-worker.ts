import log from "encore.dev/log";
import { connectionString, db } from "./db.js";
import { JobWorker } from "./entity-conversion/domain/job-worker.js";
import { ruleWorld } from "./entity-conversion/world.js";
import { tenantPolicies } from "./tenants/policies.js";

const defaultLimit = 2;

/** How many jobs a tenant runs at the same time, by its settings; none unless it is active. */
async function limitOf(tenantId: string): Promise<number> {
  try {
    const { status, conversion } = await tenantPolicies.get(tenantId);
    return status === "active" ? conversion.maxConcurrentJobs : 0;
  } catch (error) {
    log.warn(error, "the tenant's policy is not readable; the default limit holds", { tenantId });
    return defaultLimit;
  }
}

/** The worker of this process. */
export const jobWorker = new JobWorker({
  db,
  connectionString,
  limitOf,
  settingsOf: async (tenantId) => {
    const { limits, conversion } = await tenantPolicies.get(tenantId);
    return { rowsPerJob: limits.rowsPerJob, batchSize: conversion.batchSize };
  },
  world: (actor) => ruleWorld(actor, { fresh: true }),
});

// Whoever ends the process ends its databases too: the worker leaves its jobs first, for another one to go on.
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void jobWorker.stop());
