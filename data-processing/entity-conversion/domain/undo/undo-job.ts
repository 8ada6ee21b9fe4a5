import { APIError } from "encore.dev/api";
import { withTenant } from "../../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../../db.js";
import type { ConversionJob, UndoJobRequest } from "../../types.js";
import type { Actor } from "../actor.js";
import { findJob, type JobRow } from "../job-rows.js";
import type { JobBatch, JobWork } from "../job-work.js";
import type { RecordResult } from "../plan.js";
import type { RuleWorld } from "../prepare-rule.js";
import { queueJob } from "../queue-job.js";
import { findRule, hasWrittenBack, requireIdempotencyKey } from "../rule-rows.js";
import { writeBackJournal } from "../write-back-journal.js";
import { countJobRecords, readJobRecords } from "./link-steps.js";
import { openUndo } from "./open-undo.js";
import { undoBatch } from "./undo-batch.js";
import type { UndoOutcome } from "./undo-candidates.js";

/**
 * Queues a job that takes back what another one did: its records get back what they were. Throws `failedPrecondition`
 * for a job that has not ended, or that is an undoing itself.
 */
export async function startUndo(db: Db, actor: Actor, request: UndoJobRequest): Promise<ConversionJob> {
  const { tenantId } = actor;
  const { idempotencyKey, force = false, dryRun = false } = request;
  requireIdempotencyKey(idempotencyKey);
  return await withTenant(db, tenantId, async (tx) => {
    const { job, version } = await findJob(tx, tenantId, request.jobId);
    if (job.finishedAt === null) throw refused(`The job is ${job.state}: it has not ended.`, "job_not_ended");
    if (job.kind === "undo")
      throw refused("The job is an undoing: convert the records again instead.", "undo_of_undo");
    if (job.kind === "shadow")
      throw refused("The job compared two rules and wrote nothing.", "nothing_to_undo");
    const rule = await findRule(tx, tenantId, job.ruleId, version.version);
    const selection = { undoOf: { jobId: job.id, force, dryRun } };
    return await queueJob(tx, { actor, rule, idempotencyKey, selection });
  });
}

/** Opens a job that takes back what another one did. */
export async function openUndoJob(db: Db, world: RuleWorld, { job, version }: JobRow): Promise<JobWork> {
  const { tenantId, ruleId, ruleVersion, id: undoId, force, dryRun } = job;
  const jobId = job.undoOf!;
  const writesBack = await withTenant(db, tenantId, (tx) => hasWrittenBack(tx, tenantId, ruleId));
  const journal = writeBackJournal(db, tenantId);
  const rule = { tenantId, ruleId, ruleVersion, definition: version.definition, writesBack, journal };
  const open = await openUndo(world, rule, { jobId, undoId, force });
  const { target, work } = open;
  const next = (after: string, limit: number): Promise<UndoOutcome[]> =>
    undoBatch(open, (tx) => readJobRecords(tx, work.scope, { jobId, undoId, after, limit }), dryRun);
  return {
    count: () => target.begin((tx) => countJobRecords(tx, work.scope, jobId), { readOnly: true }),
    next: async (row, limit): Promise<JobBatch | undefined> => {
      const outcomes = await next(row.job.position?.[0] ?? "", limit);
      const last = outcomes.at(-1);
      return last && { results: outcomes.map(toResult), position: [last.sourceRecordId] };
    },
  };
}

const resultOutcomes = { undone: "converted", nothing: "unchanged", failed: "failed" } as const;

/** The outcome as jobs count it: `converted` was undone, `unchanged` had nothing to undo. */
function toResult({ sourceRecordId, outcome, reason, targets }: UndoOutcome): RecordResult {
  return {
    key: [sourceRecordId],
    sourceRecordId,
    targetRecordId: targets[0]?.targetRecordId,
    outcome: resultOutcomes[outcome],
    action: "none",
    reason,
  };
}

function refused(message: string, reason: string): APIError {
  return APIError.failedPrecondition(message).withDetails({ reason });
}
