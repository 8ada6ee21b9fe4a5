import { connectDatabase } from "../shared/database/handle.js";
import { connectionString, db } from "./db.js";
import { ruleWorld } from "./entity-conversion/world.js";
import * as schema from "./schema.js";
import { openReplication, openSource, openWorkspace } from "./sources/open-source.js";
import { tenantPolicies } from "./tenants/policies.js";
import { TriggerWorker, type TriggerWorkerOptions } from "./triggers/domain/trigger-worker.js";
import { workspaceDb } from "./workspace/db.js";

const slots = 6;

/** Megabytes of a write-ahead log that a slot may keep before people are told: `AXION_RETAINED_WAL_MB`; 1024 by default. */
function mostRetainedBytes(): number {
  const configured = process.env.AXION_RETAINED_WAL_MB;
  if (configured === undefined || configured === "") return 1024 ** 3;
  const megabytes = Number(configured);
  if (Number.isFinite(megabytes) && megabytes >= 0) return megabytes * 1024 ** 2;
  throw new Error(`AXION_RETAINED_WAL_MB: a number from 0 on, not "${configured}".`);
}

async function isAutomatic(tenantId: string): Promise<boolean> {
  const { status, conversion } = await tenantPolicies.get(tenantId);
  return status === "active" && conversion.automaticConversion;
}

/** What reading changes and running what they start needs here. */
export const triggerWorld: TriggerWorkerOptions = {
  db,
  claims: connectDatabase({ connectionString, schema, maxConnections: slots }),
  connectionString,
  workspaceConnectionString: workspaceDb.connectionString,
  openWorkspace,
  slots,
  open: openSource,
  openReplication,
  isActive: async (tenantId) => (await tenantPolicies.get(tenantId)).status === "active",
  mostRetainedBytes: mostRetainedBytes(),
  isAutomatic,
  mayRun: isAutomatic,
  world: (tenantId, options) => ruleWorld({ tenantId, userID: "system" }, options),
  worldAfter: (actor, chain) => ruleWorld(actor, { chain }),
};

/** The worker of this process. */
export const triggerWorker = new TriggerWorker(triggerWorld);

for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void triggerWorker.stop());
