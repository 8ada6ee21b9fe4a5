import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import type { ProjectEventBody } from "../fold-events.js";
import { actorOf, recordEvent } from "../record-event.js";
import { requireClaim, type WorkClaim } from "../work/work-queue.js";

/** Records what became of a deployment that is worked on. Throws `WorkLostError` where another worker has taken it over. */
export async function recordProgress(db: Db, claim: WorkClaim, event: ProjectEventBody): Promise<void> {
  const { tenantId, projectId, id } = claim;
  await withTenant(db, tenantId, async (tx) => {
    await requireClaim(tx, claim);
    await recordEvent(tx, await actorOf(tx, claim, { deploymentId: id }), projectId, event);
  });
}
