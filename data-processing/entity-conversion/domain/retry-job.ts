import { APIError } from "encore.dev/api";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import type { ConversionJob, RetryJobRequest } from "../types.js";
import type { Actor } from "./actor.js";
import { findJob } from "./job-rows.js";
import type { RuleWorld } from "./prepare-rule.js";
import { queueJob } from "./queue-job.js";
import { findRule, requireIdempotencyKey } from "./rule-rows.js";
import { runnablePlan } from "./start-job.js";

/**
 * Queues a new job over the records that failed in one that has ended, by the latest version of its rule. Throws
 * `failedPrecondition` where the job has not ended, nothing failed, or the rule reads another entity by now.
 */
export async function retryJob(
  db: Db,
  world: RuleWorld,
  actor: Actor,
  request: RetryJobRequest,
): Promise<ConversionJob> {
  const { tenantId } = actor;
  const { idempotencyKey } = request;
  requireIdempotencyKey(idempotencyKey);
  const { found, rule } = await withTenant(db, tenantId, async (tx) => {
    const found = await findJob(tx, tenantId, request.jobId);
    return { found, rule: await findRule(tx, tenantId, found.job.ruleId) };
  });
  const { job, version } = found;
  if (job.finishedAt === null) throw refused(`The job is ${job.state}: it has not ended.`, "job_not_ended");
  if (job.kind === "undo") throw refused("The job is an undoing: start it again instead.", "retry_of_undo");
  if (job.failed === 0) throw refused("No record of the job failed.", "nothing_to_retry");
  const before = version.definition.source;
  const now = rule.version.definition.source;
  if (before.dataSource !== now.dataSource || before.entity !== now.entity) {
    throw refused(
      `The job read "${before.entity}" of "${before.dataSource}"; the rule reads "${now.entity}" of "${now.dataSource}" by now.`,
      "source_changed",
    );
  }
  await runnablePlan(world, rule);
  const selection = { retryOf: { jobId: job.id, failed: job.failed } };
  return await withTenant(db, tenantId, (tx) => queueJob(tx, { actor, rule, idempotencyKey, selection }));
}

function refused(message: string, reason: string): APIError {
  return APIError.failedPrecondition(message).withDetails({ reason });
}
