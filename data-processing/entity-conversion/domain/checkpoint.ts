import { and, eq, sql } from "drizzle-orm";
import { addToOutbox } from "../../../shared/events/outbox.js";
import type { JobFinished, JobStarted } from "../../../shared/events/types.js";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { jobFailures, jobQueue, jobReasons, jobs } from "../../schema.js";
import type { ConversionReason } from "../types.js";
import type { ExecutorName } from "./convert-batch.js";
import { batchEvents, jobEvent, jobFacts } from "./job-events.js";
import { type JobClaim, jobChannel, requireClaim } from "./job-queue.js";
import { findJob, type JobRow } from "./job-rows.js";
import type { JobBatch } from "./job-work.js";
import type { RecordResult } from "./plan.js";

/** Records that a job has begun, and tells of it once as `job-started`. */
export async function recordStart(
  db: Db,
  claim: JobClaim,
  start: { total: number; executor: ExecutorName | undefined },
): Promise<JobRow> {
  return await withTenant(db, claim.tenantId, async (tx) => {
    await requireClaim(tx, claim);
    const before = await findJob(tx, claim.tenantId, claim.jobId);
    if (before.job.startedAt !== null) {
      // Taken over from another worker, or resumed.
      const [job] = await tx
        .update(jobs)
        .set({ state: "running", executor: start.executor })
        .where(ownJob(claim))
        .returning();
      return { ...before, job: job! };
    }
    const [job] = await tx
      .update(jobs)
      .set({ state: "running", startedAt: sql`now()`, total: start.total, executor: start.executor })
      .where(ownJob(claim))
      .returning();
    const row = { ...before, job: job! };
    const event: JobStarted = {
      type: "job-started",
      kind: row.job.kind,
      ...jobFacts(row),
      totalRecords: start.total,
    };
    await addToOutbox(tx, "conversion-events", jobEvent(row, event, "started"));
    return row;
  });
}

interface BatchDone extends JobBatch {
  /** Number of the batch, from 1. */
  batch: number;
  elapsedMs: number;
}

/**
 * Records a batch that is written: counts, failures, the position, and the events of its records, in one transaction.
 * Returns the job as it is now.
 */
export async function recordBatch(db: Db, claim: JobClaim, done: BatchDone): Promise<JobRow> {
  return await withTenant(db, claim.tenantId, async (tx) => {
    await requireClaim(tx, claim);
    const counted = done.results.filter((result) => !result.filtered);
    const count = (outcome: RecordResult["outcome"]) =>
      counted.filter((result) => result.outcome === outcome).length;
    const [job] = await tx
      .update(jobs)
      .set({
        batches: done.batch,
        position: done.position,
        processed: sql`${jobs.processed} + ${done.processed ?? done.results.length}`,
        converted: sql`${jobs.converted} + ${count("converted")}`,
        unchanged: sql`${jobs.unchanged} + ${count("unchanged")}`,
        skipped: sql`${jobs.skipped} + ${count("skipped")}`,
        failed: sql`${jobs.failed} + ${count("failed")}`,
        filtered: sql`${jobs.filtered} + ${done.results.length - counted.length}`,
        runningMs: sql`${jobs.runningMs} + ${Math.round(done.elapsedMs)}`,
      })
      .where(and(ownJob(claim), eq(jobs.batches, done.batch - 1)))
      .returning();
    // Recorded by an earlier try, whose answer was lost.
    if (!job) return await findJob(tx, claim.tenantId, claim.jobId);
    await recordReasons(tx, claim, done.results);
    await done.record?.(tx);
    const { version } = await findJob(tx, claim.tenantId, claim.jobId);
    const row = { job, version };
    await addToOutbox(tx, "conversion-events", ...batchEvents(row, done.batch, done.results));
    return row;
  });
}

async function recordReasons(tx: Db, claim: JobClaim, results: readonly RecordResult[]): Promise<void> {
  const { tenantId, jobId } = claim;
  const failures = results.flatMap(({ outcome, sourceRecordId, reason }) =>
    outcome === "failed" && reason ? [{ tenantId, jobId, sourceRecordId, ...reason }] : [],
  );
  for (let start = 0; start < failures.length; start += 1_000) {
    await tx.insert(jobFailures).values(failures.slice(start, start + 1_000));
  }
  const groups = new Map<string, typeof jobReasons.$inferInsert>();
  for (const { outcome, reason, fallbacks } of results) {
    const left = outcome === "skipped" || outcome === "failed";
    const told = left
      ? [{ outcome, reason }]
      : (fallbacks ?? []).map(({ path, policy, message }) => ({
          outcome: "fallback" as const,
          reason: { code: `filled_with_${policy}`, message, path },
        }));
    for (const { outcome: group, reason: cause } of told) if (cause) addReason(groups, claim, group, cause);
  }
  if (groups.size === 0) return;
  await tx
    .insert(jobReasons)
    .values([...groups.values()])
    .onConflictDoUpdate({
      target: [jobReasons.jobId, jobReasons.outcome, jobReasons.code, jobReasons.path],
      set: { count: sql`${jobReasons.count} + excluded.count` },
    });
}

function addReason(
  groups: Map<string, typeof jobReasons.$inferInsert>,
  { tenantId, jobId }: JobClaim,
  outcome: (typeof jobReasons.$inferInsert)["outcome"],
  { code, message, path = "" }: ConversionReason,
): void {
  const key = JSON.stringify([outcome, code, path]);
  const group = groups.get(key) ?? { tenantId, jobId, outcome, code, path, count: 0, example: message };
  group.count++;
  groups.set(key, group);
}

/**
 * Makes a requested pause take effect, where it was not withdrawn or overtaken by a request to cancel. Returns the job
 * as it is now.
 */
export async function recordPause(db: Db, claim: JobClaim): Promise<JobRow> {
  return await withTenant(db, claim.tenantId, async (tx) => {
    await requireClaim(tx, claim);
    const row = await findJob(tx, claim.tenantId, claim.jobId);
    if (!row.job.pauseRequested || row.job.cancelRequested) return row;
    await pauseQueued(tx, claim);
    return await findJob(tx, claim.tenantId, claim.jobId);
  });
}

/** Pauses a job in a transaction that has locked its queue row. The row stays: its fence must not start anew. */
export async function pauseQueued(tx: Db, claim: Pick<JobClaim, "tenantId" | "jobId">): Promise<void> {
  await tx.update(jobs).set({ state: "paused", pauseRequested: false }).where(ownJob(claim));
  await tx
    .update(jobQueue)
    .set({ paused: true, owner: null, leaseEndsAt: null })
    .where(eq(jobQueue.jobId, claim.jobId));
  await tx.execute(sql`select pg_notify(${jobChannel}, '')`);
}

/** Ends a job, takes it out of the queue and tells of it as `job-finished`. */
export async function recordFinish(
  db: Db,
  claim: JobClaim,
  finish: { outcome: "completed" | "failed" | "cancelled"; error?: string },
): Promise<void> {
  await withTenant(db, claim.tenantId, async (tx) => {
    await requireClaim(tx, claim);
    await finishJob(tx, claim, finish);
  });
}

/** As `recordFinish`, in a transaction that has locked the job's queue row. */
export async function finishJob(
  tx: Db,
  claim: Pick<JobClaim, "tenantId" | "jobId">,
  finish: { outcome: "completed" | "failed" | "cancelled"; error?: string },
): Promise<void> {
  const [job] = await tx
    .update(jobs)
    .set({ state: finish.outcome, error: finish.error, pauseRequested: false, finishedAt: sql`now()` })
    .where(ownJob(claim))
    .returning();
  await tx.delete(jobQueue).where(eq(jobQueue.jobId, claim.jobId));
  const { version } = await findJob(tx, claim.tenantId, claim.jobId);
  const row = { job: job!, version };
  const { converted, unchanged, skipped, failed } = row.job;
  const event: JobFinished = {
    type: "job-finished",
    kind: row.job.kind,
    ...jobFacts(row),
    ...finish,
    converted,
    unchanged,
    skipped,
    failed,
  };
  await addToOutbox(tx, "conversion-events", jobEvent(row, event, "finished"));
}

/** The job's row, as a condition. */
export function ownJob({ tenantId, jobId }: Pick<JobClaim, "tenantId" | "jobId">) {
  return and(eq(jobs.tenantId, tenantId), eq(jobs.id, jobId));
}
