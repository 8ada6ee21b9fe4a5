import { and, desc, eq } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import type { Db } from "../../db.js";
import { jobReasons, jobs, ruleVersions } from "../../schema.js";
import type { ConversionJob, JobFailureGroup } from "../types.js";
import { requireUuid } from "./rule-rows.js";

/** A job with the rule version that it runs. */
export interface JobRow {
  job: typeof jobs.$inferSelect;
  version: typeof ruleVersions.$inferSelect;
}

/** Finds a job. Throws `notFound`, also for another tenant's. */
export async function findJob(tx: Db, tenantId: string, jobId: string): Promise<JobRow> {
  requireUuid(jobId, "job");
  const [row] = await tx
    .select({ job: jobs, version: ruleVersions })
    .from(jobs)
    .innerJoin(
      ruleVersions,
      and(eq(ruleVersions.ruleId, jobs.ruleId), eq(ruleVersions.version, jobs.ruleVersion)),
    )
    .where(and(eq(jobs.tenantId, tenantId), eq(jobs.id, jobId)));
  if (row) return row;
  throw APIError.notFound(`No job "${jobId}".`).withDetails({ reason: "unknown_job" });
}

/** Why records of a job were skipped or failed, most frequent first. */
export async function readReasons(
  tx: Db,
  tenantId: string,
  jobId: string,
): Promise<Pick<ConversionJob, "skipReasons" | "failureReasons" | "fallbackReasons">> {
  const rows = await tx
    .select()
    .from(jobReasons)
    .where(and(eq(jobReasons.tenantId, tenantId), eq(jobReasons.jobId, jobId)))
    .orderBy(desc(jobReasons.count))
    .limit(200);
  const groups = (outcome: "skipped" | "failed" | "fallback") =>
    rows
      .filter((row) => row.outcome === outcome)
      .map(
        ({ code, path, count, example }): JobFailureGroup => ({
          code,
          path: path || undefined,
          count,
          example,
        }),
      );
  return {
    skipReasons: groups("skipped"),
    failureReasons: groups("failed"),
    fallbackReasons: groups("fallback"),
  };
}

/** A job as callers see it. */
export function toJob(
  { job, version }: JobRow,
  reasons: Pick<ConversionJob, "skipReasons" | "failureReasons" | "fallbackReasons">,
): ConversionJob {
  const rate = job.runningMs > 0 ? (job.processed * 1000) / job.runningMs : undefined;
  const left = job.total === null ? undefined : Math.max(job.total - job.processed, 0);
  const secondsLeft = job.state === "running" && rate && left !== undefined ? left / rate : undefined;
  return {
    id: job.id,
    ruleId: job.ruleId,
    ruleVersion: job.ruleVersion,
    source: version.definition.source,
    target: version.definition.target,
    kind: job.kind,
    state: job.state,
    error: job.error ?? undefined,
    executor: job.executor ?? undefined,
    retryOf: job.retryOf ?? undefined,
    undoOf: job.undoOf ?? undefined,
    force: job.kind === "undo" ? job.force : undefined,
    dryRun: job.kind === "undo" ? job.dryRun : undefined,
    filter: job.filter ?? undefined,
    recordCount: job.recordCount ?? undefined,
    total: job.total ?? undefined,
    processed: job.processed,
    converted: job.converted,
    unchanged: job.unchanged,
    skipped: job.skipped,
    failed: job.failed,
    filtered: job.filtered,
    recordsPerSecond: rate === undefined ? undefined : Math.round(rate),
    secondsLeft: secondsLeft === undefined ? undefined : Math.round(secondsLeft * 10) / 10,
    ...reasons,
    cancelRequested: job.cancelRequested,
    pauseRequested: job.pauseRequested,
    createdBy: job.createdBy,
    createdAt: job.createdAt,
    startedAt: job.startedAt ?? undefined,
    finishedAt: job.finishedAt ?? undefined,
  };
}
