import { and, eq, gt, inArray, ne, or } from "drizzle-orm";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { removeArchive } from "../../result-files.js";
import { deployments, generations } from "../../schema.js";
import type { GenerationRow } from "../fold-events.js";
import { findGeneration } from "../generations.js";
import { recordEvent } from "../record-event.js";
import { finishWork, releaseWork, requireClaim, type WorkClaim } from "../work/work-queue.js";

const againAfterMs = 86_400_000;

/**
 * Removes the files of a generation that is old. They stay while it is the newest of its project, which the next one goes
 * on from, or is deployed: then it is looked at again after a day.
 */
export async function expireResult(db: Db, claim: WorkClaim): Promise<void> {
  const { tenantId, projectId, id } = claim;
  const isNeeded = await withTenant(db, tenantId, async (tx) => {
    await requireClaim(tx, claim);
    return await isStillNeeded(tx, await findGeneration(tx, tenantId, id));
  });
  if (isNeeded) {
    await releaseWork(db, claim, new Date(Date.now() + againAfterMs));
    return;
  }
  await removeArchive({ tenantId, projectId, id });
  await withTenant(db, tenantId, async (tx) => {
    await finishWork(tx, claim);
    const { modelVersion } = await findGeneration(tx, tenantId, id);
    const actor = { tenantId, userID: "system" };
    await recordEvent(tx, actor, projectId, { type: "generation-expired", generationId: id, modelVersion });
  });
}

async function isStillNeeded(
  tx: Db,
  { tenantId, projectId, id, finishedAt }: GenerationRow,
): Promise<boolean> {
  const newer = await tx.$count(
    generations,
    and(
      eq(generations.tenantId, tenantId),
      eq(generations.projectId, projectId),
      eq(generations.state, "completed"),
      ne(generations.id, id),
      finishedAt === null ? undefined : gt(generations.finishedAt, finishedAt),
    ),
  );
  const used = await tx.$count(
    deployments,
    and(
      eq(deployments.tenantId, tenantId),
      eq(deployments.generationId, id),
      inArray(deployments.state, ["queued", "deploying", "running"]),
    ),
  );
  const building = await tx.$count(
    generations,
    and(
      eq(generations.tenantId, tenantId),
      eq(generations.projectId, projectId),
      or(eq(generations.state, "running"), eq(generations.previousId, id)),
      inArray(generations.state, ["queued", "running"]),
    ),
  );
  return newer === 0 || used > 0 || building > 0;
}
