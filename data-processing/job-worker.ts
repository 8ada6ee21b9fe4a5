import log from "encore.dev/log";
import { tenant_management } from "~encore/clients";
import { systemIdentity } from "../shared/tenancy/identity.js";
import { connectionString, db } from "./db.js";
import { JobWorker } from "./entity-conversion/domain/job-worker.js";
import { ruleWorld } from "./entity-conversion/world.js";

const defaultLimit = 2;
const limitAgeMs = 30_000;
const limits = new Map<string, { limit: number; readAt: number }>();

/** How many jobs a tenant runs at the same time, by its settings, read anew every 30 s. */
async function limitOf(tenantId: string): Promise<number> {
  const known = limits.get(tenantId);
  if (known && Date.now() - known.readAt < limitAgeMs) return known.limit;
  try {
    const config = await tenant_management.getConversionConfig(
      { tenantId },
      { authData: systemIdentity(tenantId) },
    );
    if (limits.size >= 10_000) limits.clear();
    limits.set(tenantId, { limit: config.maxConcurrentJobs, readAt: Date.now() });
    return config.maxConcurrentJobs;
  } catch (error) {
    log.warn(error, "conversion settings not readable; the last known or the default limit holds", {
      tenantId,
    });
    return known?.limit ?? defaultLimit;
  }
}

/** The worker of this process. */
export const jobWorker = new JobWorker({
  db,
  connectionString,
  limitOf,
  world: (actor) => ruleWorld(actor, { fresh: true }),
});

// Whoever ends the process ends its databases too: the worker leaves its jobs first, for another one to go on.
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void jobWorker.stop());
