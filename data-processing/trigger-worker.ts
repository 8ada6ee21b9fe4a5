import { connectDatabase } from "../shared/database/handle.js";
import { connectionString, db } from "./db.js";
import { ruleWorld } from "./entity-conversion/world.js";
import * as schema from "./schema.js";
import { openReplication, openSource, openWorkspace } from "./sources/open-source.js";
import { tenantPolicies } from "./tenants/policies.js";
import { TriggerWorker, type TriggerWorkerOptions } from "./triggers/domain/trigger-worker.js";
import { workspaceDb } from "./workspace/db.js";

const slots = 6;
const mostRetainedBytes = 1024 ** 3;

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
  mostRetainedBytes,
  isAutomatic,
  mayRun: isAutomatic,
  world: (tenantId, options) => ruleWorld({ tenantId, userID: "system" }, options),
  worldAfter: (actor, chain) => ruleWorld(actor, { chain }),
};

/** The worker of this process. */
export const triggerWorker = new TriggerWorker(triggerWorld);

for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void triggerWorker.stop());
