import { and, eq, type SQL } from "drizzle-orm";
import { pageSize } from "../../../shared/pagination/cursor.js";
import { sortedPage } from "../../../shared/pagination/sorted-page.js";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { jobFailures, jobs, ruleVersions } from "../../schema.js";
import type {
  ConversionJob,
  ListJobFailuresRequest,
  ListJobFailuresResponse,
  ListJobsRequest,
  ListJobsResponse,
} from "../types.js";
import { findJob, readReasons, toJob } from "./job-rows.js";
import { requireUuid } from "./rule-rows.js";

const failureSorting = { fields: { id: jobFailures.id }, byDefault: "id", id: jobFailures.id } as const;

/** A job with its progress. */
export async function getJob(db: Db, tenantId: string, jobId: string): Promise<ConversionJob> {
  return await withTenant(db, tenantId, async (tx) =>
    toJob(await findJob(tx, tenantId, jobId), await readReasons(tx, tenantId, jobId)),
  );
}

/** A tenant's jobs, newest first or as asked for. Reasons are told by `getJob`. */
export async function listJobs(
  db: Db,
  tenantId: string,
  request: ListJobsRequest,
): Promise<ListJobsResponse> {
  const limit = pageSize(request.limit, { default: 50, max: 200 });
  const filters: (SQL | undefined)[] = [
    eq(jobs.tenantId, tenantId),
    request.state && eq(jobs.state, request.state),
  ];
  if (request.ruleId !== undefined) {
    requireUuid(request.ruleId, "rule");
    filters.push(eq(jobs.ruleId, request.ruleId));
  }
  const order = sortedPage(request, {
    fields: { createdAt: jobs.createdAt },
    byDefault: "-createdAt",
    id: jobs.id,
  });
  const rows = await withTenant(db, tenantId, (tx) =>
    tx
      .select({ job: jobs, version: ruleVersions, key: order.key })
      .from(jobs)
      .innerJoin(
        ruleVersions,
        and(eq(ruleVersions.ruleId, jobs.ruleId), eq(ruleVersions.version, jobs.ruleVersion)),
      )
      .where(and(...filters, order.after))
      .orderBy(order.orderBy)
      .limit(limit + 1),
  );
  return {
    jobs: rows
      .slice(0, limit)
      .map((row) => toJob(row, { skipReasons: [], failureReasons: [], fallbackReasons: [] })),
    ...order.next(rows, limit, ({ job }) => job.id),
  };
}

/** Records of a job that failed, in the order in which they did or as asked for. */
export async function listJobFailures(
  db: Db,
  tenantId: string,
  request: ListJobFailuresRequest,
): Promise<ListJobFailuresResponse> {
  const limit = pageSize(request.limit, { default: 100, max: 1_000 });
  const order = sortedPage(request, failureSorting);
  const rows = await withTenant(db, tenantId, async (tx) => {
    const { job } = await findJob(tx, tenantId, request.jobId);
    return await tx
      .select({ failure: jobFailures, key: order.key })
      .from(jobFailures)
      .where(and(eq(jobFailures.tenantId, tenantId), eq(jobFailures.jobId, job.id), order.after))
      .orderBy(order.orderBy)
      .limit(limit + 1);
  });
  return {
    failures: rows.slice(0, limit).map(({ failure: { id, sourceRecordId, code, message, path } }) => ({
      id: String(id),
      sourceRecordId,
      reason: { code, message, path: path ?? undefined },
    })),
    ...order.next(rows, limit, ({ key }) => key),
  };
}
