import { and, eq, sql } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { jobQueue, jobs } from "../../schema.js";
import type { ConversionJob } from "../types.js";
import { ownJob, pauseQueued } from "./checkpoint.js";
import { jobChannel } from "./job-queue.js";
import { findJob, type JobRow, readReasons, toJob } from "./job-rows.js";

/**
 * Pauses a job: at once where no worker has it, else after the batch in hand. A paused job keeps its place among its
 * records and lets later jobs of its rule run. Throws `failedPrecondition` for a job that is paused or has ended.
 */
export async function pauseJob(db: Db, tenantId: string, jobId: string): Promise<ConversionJob> {
  return await changeQueued(db, { tenantId, jobId }, async (tx, { job, owner }) => {
    if (job.state === "paused") throw wrongState("The job is paused already.", "job_paused");
    if (owner === null) await pauseQueued(tx, { tenantId, jobId: job.id });
    else
      await tx
        .update(jobs)
        .set({ pauseRequested: true })
        .where(ownJob({ tenantId, jobId: job.id }));
  });
}

/**
 * Queues a paused job again: it goes on behind the last record that was recorded. Where the pause has not taken effect
 * yet, it is withdrawn. Throws `failedPrecondition` for a job that is not paused.
 */
export async function resumeJob(db: Db, tenantId: string, jobId: string): Promise<ConversionJob> {
  return await changeQueued(db, { tenantId, jobId }, async (tx, { job }) => {
    if (job.state !== "paused" && !job.pauseRequested) {
      throw wrongState(`The job is ${job.state}, not paused.`, "job_not_paused");
    }
    const state = job.state === "paused" ? "queued" : job.state;
    await tx
      .update(jobs)
      .set({ state, pauseRequested: false })
      .where(ownJob({ tenantId, jobId: job.id }));
    if (job.state !== "paused") return;
    const now = sql`now()`;
    await tx
      .update(jobQueue)
      .set({ paused: false, enqueuedAt: now, waitingSince: now })
      .where(eq(jobQueue.jobId, job.id));
    await tx.execute(sql`select pg_notify(${jobChannel}, '')`);
  });
}

type Queued = Pick<JobRow, "job"> & {
  /** Key of the worker that has the job. */
  owner: bigint | null;
};

/** Changes a job that has not ended, with its queue row locked, and answers with the job as it is then. */
async function changeQueued(
  db: Db,
  { tenantId, jobId }: { tenantId: string; jobId: string },
  change: (tx: Db, queued: Queued) => Promise<void>,
): Promise<ConversionJob> {
  return await withTenant(db, tenantId, async (tx) => {
    const { job: found } = await findJob(tx, tenantId, jobId);
    const [queued] = await tx
      .select({ owner: jobQueue.owner })
      .from(jobQueue)
      .where(and(eq(jobQueue.tenantId, tenantId), eq(jobQueue.jobId, found.id)))
      .for("update");
    if (!queued) throw wrongState("The job has ended.", "job_ended");
    // Read again under the lock: the worker may have changed it in between.
    const { job } = await findJob(tx, tenantId, found.id);
    await change(tx, { job, owner: queued.owner });
    return toJob(await findJob(tx, tenantId, job.id), await readReasons(tx, tenantId, job.id));
  });
}

function wrongState(message: string, reason: string): APIError {
  return APIError.failedPrecondition(message).withDetails({ reason });
}
