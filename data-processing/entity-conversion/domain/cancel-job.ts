import { and, eq, sql } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { jobQueue, jobs } from "../../schema.js";
import type { ConversionJob } from "../types.js";
import { finishJob } from "./checkpoint.js";
import { jobChannel } from "./job-queue.js";
import { findJob, readReasons, toJob } from "./job-rows.js";

/**
 * Cancels a job: at once where it has not begun, else after the batch in hand. What was converted stays. Throws
 * `failedPrecondition` for a job that has ended.
 */
export async function cancelJob(db: Db, tenantId: string, jobId: string): Promise<ConversionJob> {
  return await withTenant(db, tenantId, async (tx) => {
    const { job } = await findJob(tx, tenantId, jobId);
    const [queued] = await tx
      .select({ owner: jobQueue.owner })
      .from(jobQueue)
      .where(and(eq(jobQueue.tenantId, tenantId), eq(jobQueue.jobId, job.id)))
      .for("update");
    if (!queued) {
      throw APIError.failedPrecondition(`The job has ended.`).withDetails({ reason: "job_ended" });
    }
    await tx
      .update(jobs)
      .set({ cancelRequested: true })
      .where(and(eq(jobs.tenantId, tenantId), eq(jobs.id, job.id)));
    if (queued.owner === null) await finishJob(tx, { tenantId, jobId: job.id }, { outcome: "cancelled" });
    else await tx.execute(sql`select pg_notify(${jobChannel}, '')`);
    return toJob(await findJob(tx, tenantId, job.id), await readReasons(tx, tenantId, job.id));
  });
}
