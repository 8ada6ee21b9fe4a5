import { and, asc, eq, sql } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { requestCorrelationId } from "../../../shared/events/envelope.js";
import type { Db } from "../../db.js";
import { jobQueue, jobRecords, jobs } from "../../schema.js";
import type { ConversionJob, JobKind } from "../types.js";
import type { Actor } from "./actor.js";
import { jobChannel } from "./job-queue.js";
import { findJob, readReasons, toJob } from "./job-rows.js";
import type { RuleRow } from "./rule-rows.js";

/** Which records a job converts: all of the source, unless one of these says otherwise. */
export interface JobSelection {
  /** Condition on `record`. */
  filter?: string;
  /** Ids of the records, each once. */
  recordIds?: string[];
  /** A job that has ended, with the number of its failed records. */
  retryOf?: { jobId: string; failed: number };
  /** A job that has ended, whose records are to be undone. */
  undoOf?: { jobId: string; force: boolean; dryRun: boolean };
  /** The job compares two rules. */
  shadow?: boolean;
}

export interface NewJob {
  actor: Actor;
  rule: RuleRow;
  idempotencyKey: string | undefined;
  selection: JobSelection;
}

/**
 * Queues a job in the running transaction of the tenant, and wakes the workers. Where the idempotency key is known, it
 * answers with the job of that key. Throws `invalidArgument` where the key stands for another request.
 */
export async function queueJob(tx: Db, newJob: NewJob): Promise<ConversionJob> {
  const { actor, rule, idempotencyKey, selection } = newJob;
  const { tenantId, userID } = actor;
  const { filter, recordIds, retryOf, undoOf } = selection;
  const listed = recordIds?.length ?? retryOf?.failed;
  const [job] = await tx
    .insert(jobs)
    .values({
      tenantId,
      ruleId: rule.rule.id,
      ruleVersion: rule.version.version,
      kind: kindOf(selection),
      undoOf: undoOf?.jobId,
      force: undoOf?.force,
      dryRun: undoOf?.dryRun,
      filter,
      retryOf: retryOf?.jobId,
      recordCount: listed,
      total: listed,
      idempotencyKey,
      correlationId: requestCorrelationId(),
      createdBy: userID,
    })
    .onConflictDoNothing({ target: [jobs.tenantId, jobs.idempotencyKey] })
    .returning();
  if (!job) return await jobOfKey(tx, newJob);
  const records = (recordIds ?? []).map((sourceRecordId, at) => ({
    tenantId,
    jobId: job.id,
    place: at + 1,
    sourceRecordId,
  }));
  for (let start = 0; start < records.length; start += 1_000) {
    await tx.insert(jobRecords).values(records.slice(start, start + 1_000));
  }
  await tx.insert(jobQueue).values({ jobId: job.id, tenantId, ruleId: rule.rule.id });
  await tx.execute(sql`select pg_notify(${jobChannel}, '')`);
  return toJob({ job, version: rule.version }, { skipReasons: [], failureReasons: [], fallbackReasons: [] });
}

function kindOf({ shadow, undoOf }: JobSelection): JobKind {
  if (shadow) return "shadow";
  return undoOf ? "undo" : "convert";
}

async function jobOfKey(tx: Db, { actor, rule, idempotencyKey, selection }: NewJob): Promise<ConversionJob> {
  const { tenantId } = actor;
  const [known] = await tx
    .select()
    .from(jobs)
    .where(and(eq(jobs.tenantId, tenantId), eq(jobs.idempotencyKey, idempotencyKey!)));
  const { filter = null, retryOf, undoOf } = selection;
  const same =
    known!.ruleId === rule.rule.id &&
    known!.kind === kindOf(selection) &&
    known!.filter === filter &&
    known!.retryOf === (retryOf?.jobId ?? null) &&
    known!.undoOf === (undoOf?.jobId ?? null) &&
    known!.force === (undoOf?.force ?? false) &&
    known!.dryRun === (undoOf?.dryRun ?? false) &&
    (await hasList(tx, known!, selection));
  if (!same) {
    throw APIError.invalidArgument("idempotencyKey: it was used for another job.").withDetails({
      reason: "idempotency_key_reused",
      path: "idempotencyKey",
    });
  }
  return toJob(await findJob(tx, tenantId, known!.id), await readReasons(tx, tenantId, known!.id));
}

/** Whether a job is over the records that are listed; those of a retry follow from the job that it retries. */
async function hasList(
  tx: Db,
  job: typeof jobs.$inferSelect,
  { recordIds, retryOf }: JobSelection,
): Promise<boolean> {
  if (retryOf) return true;
  if (recordIds === undefined) return job.recordCount === null;
  if (job.recordCount !== recordIds.length) return false;
  const listed = await tx
    .select({ id: jobRecords.sourceRecordId })
    .from(jobRecords)
    .where(and(eq(jobRecords.tenantId, job.tenantId), eq(jobRecords.jobId, job.id)))
    .orderBy(asc(jobRecords.place));
  return listed.every(({ id }, at) => id === recordIds[at]);
}
