import { and, eq, or, type SQL, sql } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { pageSize } from "../../../../shared/pagination/cursor.js";
import { sortedPage } from "../../../../shared/pagination/sorted-page.js";
import { withTenant } from "../../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../../db.js";
import { jobs, shadowDifferences, shadowRuns } from "../../../schema.js";
import type {
  ListShadowDifferencesRequest,
  ListShadowDifferencesResponse,
  ListShadowRunsRequest,
  ListShadowRunsResponse,
  ShadowRun,
} from "../../types.js";
import { requireUuid } from "../rule-rows.js";
import { toShadowRun } from "./store-shadow.js";

const differenceSorting = {
  fields: { place: shadowDifferences.place, sourceRecordId: shadowDifferences.sourceRecordId },
  byDefault: "place",
  id: shadowDifferences.place,
} as const;

/** A comparison with its progress. Throws `notFound`, also for another tenant's. */
export async function getShadowRun(db: Db, tenantId: string, runId: string): Promise<ShadowRun> {
  return await withTenant(db, tenantId, (tx) => findRun(tx, tenantId, runId));
}

/** A tenant's comparisons, newest first or as asked for. */
export async function listShadowRuns(
  db: Db,
  tenantId: string,
  request: ListShadowRunsRequest,
): Promise<ListShadowRunsResponse> {
  const limit = pageSize(request.limit, { default: 50, max: 200 });
  const filters: (SQL | undefined)[] = [eq(shadowRuns.tenantId, tenantId)];
  if (request.ruleId !== undefined) {
    requireUuid(request.ruleId, "rule");
    const id = request.ruleId.toLowerCase();
    filters.push(
      or(sql`${shadowRuns.oldRule} ->> 'ruleId' = ${id}`, sql`${shadowRuns.newRule} ->> 'ruleId' = ${id}`),
    );
  }
  const order = sortedPage(request, {
    fields: { createdAt: shadowRuns.createdAt },
    byDefault: "-createdAt",
    id: shadowRuns.id,
  });
  const rows = await withTenant(db, tenantId, (tx) =>
    tx
      .select({ run: shadowRuns, job: jobs, key: order.key })
      .from(shadowRuns)
      .leftJoin(jobs, eq(jobs.id, shadowRuns.jobId))
      .where(and(...filters, order.after))
      .orderBy(order.orderBy)
      .limit(limit + 1),
  );
  return {
    shadowRuns: rows.slice(0, limit).map(({ run, job }) => toShadowRun(run, job ?? undefined)),
    ...order.next(rows, limit, ({ run }) => run.id),
  };
}

/** Differing records of a comparison, in the order in which they were found or as asked for. */
export async function listShadowDifferences(
  db: Db,
  tenantId: string,
  request: ListShadowDifferencesRequest,
): Promise<ListShadowDifferencesResponse> {
  const limit = pageSize(request.limit, { default: 100, max: 1_000 });
  const order = sortedPage(request, differenceSorting);
  const { kind, field } = request;
  const rows = await withTenant(db, tenantId, async (tx) => {
    const { id } = await findRun(tx, tenantId, request.runId);
    const filters = [
      eq(shadowDifferences.tenantId, tenantId),
      eq(shadowDifferences.runId, id),
      kind && eq(shadowDifferences.kind, kind),
      field === undefined
        ? undefined
        : sql`${shadowDifferences.fields} @> ${JSON.stringify([{ field }])}::text::jsonb`,
      order.after,
    ];
    return await tx
      .select({ difference: shadowDifferences, key: order.key })
      .from(shadowDifferences)
      .where(and(...filters))
      .orderBy(order.orderBy)
      .limit(limit + 1);
  });
  return {
    differences: rows.slice(0, limit).map(({ difference }) => ({
      sourceRecordId: difference.sourceRecordId,
      kind: difference.kind,
      old: difference.oldOutcome,
      new: difference.newOutcome,
      fields: difference.fields,
    })),
    ...order.next(rows, limit, ({ difference }) => String(difference.place)),
  };
}

async function findRun(tx: Db, tenantId: string, runId: string): Promise<ShadowRun> {
  requireUuid(runId, "shadow run");
  const [row] = await tx
    .select({ run: shadowRuns, job: jobs })
    .from(shadowRuns)
    .leftJoin(jobs, eq(jobs.id, shadowRuns.jobId))
    .where(and(eq(shadowRuns.tenantId, tenantId), eq(shadowRuns.id, runId)));
  if (row) return toShadowRun(row.run, row.job ?? undefined);
  throw APIError.notFound(`No shadow run "${runId}".`).withDetails({ reason: "unknown_shadow_run" });
}
