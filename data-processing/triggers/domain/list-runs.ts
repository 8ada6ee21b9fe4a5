import { and, eq, inArray, type SQL, sql } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { z } from "zod";
import { pageSize } from "../../../shared/pagination/cursor.js";
import { sortedPage } from "../../../shared/pagination/sorted-page.js";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { triggerQueue, triggerRuns } from "../../schema.js";
import type { ListTriggerRunsRequest, ListTriggerRunsResponse, TriggerRun } from "../types.js";
import { recordHash, triggerChannel } from "./record-runs.js";

const sorting = { fields: { id: triggerRuns.id }, byDefault: "-id", id: triggerRuns.id } as const;

/** Conversions that changes have started, those of the last changes first or as asked for. */
export async function listTriggerRuns(
  db: Db,
  tenantId: string,
  request: ListTriggerRunsRequest,
): Promise<ListTriggerRunsResponse> {
  const { state, ruleId, dataSource, sourceRecordId } = request;
  const order = sortedPage(request, sorting);
  if (ruleId !== undefined && !z.uuid().safeParse(ruleId).success) return { runs: [] };
  const limit = pageSize(request.limit, { default: 50, max: 200 });
  const filters: (SQL | undefined)[] = [
    eq(triggerRuns.tenantId, tenantId),
    state && eq(triggerRuns.state, state),
    ruleId === undefined ? undefined : eq(triggerRuns.ruleId, ruleId),
    dataSource === undefined ? undefined : eq(triggerRuns.source, dataSource),
    sourceRecordId === undefined ? undefined : eq(triggerRuns.sourceRecordId, sourceRecordId),
    order.after,
  ];
  const rows = await withTenant(db, tenantId, (tx) =>
    tx
      .select({ run: triggerRuns, key: order.key })
      .from(triggerRuns)
      .where(and(...filters))
      .orderBy(order.orderBy)
      .limit(limit + 1),
  );
  return {
    runs: rows.slice(0, limit).map(({ run }) => toRun(run)),
    ...order.next(rows, limit, ({ key }) => key),
  };
}

/** Runs one that failed, or was stopped, again. One that waits already is left as it is. */
export async function retryTriggerRun(db: Db, tenantId: string, runId: string): Promise<TriggerRun> {
  return await change(db, tenantId, runId, async (tx, run) => {
    if (run.state === "queued") return run;
    if (run.state === "completed" || run.sourceRecordId === "") throw settled(run.state);
    const values = { state: "queued" as const, attempts: 0, finishedAt: null, reason: null, message: null };
    await tx.insert(triggerQueue).values({
      runId: run.id,
      tenantId,
      ruleId: run.ruleId,
      recordHash: recordHash(run.sourceRecordId),
    });
    await tx.execute(sql`select pg_notify(${triggerChannel}, 'runs')`);
    return { ...run, ...values, changed: values };
  });
}

/** Gives up one that failed or was stopped. Giving it up again changes nothing. */
export async function discardTriggerRun(db: Db, tenantId: string, runId: string): Promise<TriggerRun> {
  return await change(db, tenantId, runId, async (_tx, run) => {
    if (run.state === "queued" || run.state === "completed") throw settled(run.state);
    const values = { state: "discarded" as const };
    return { ...run, ...values, changed: values };
  });
}

type Row = typeof triggerRuns.$inferSelect;

async function change(
  db: Db,
  tenantId: string,
  runId: string,
  decide: (tx: Db, run: Row) => Promise<Row & { changed?: Partial<Row> }>,
): Promise<TriggerRun> {
  const id = /^\d{1,15}$/.test(runId) ? Number(runId) : undefined;
  return await withTenant(db, tenantId, async (tx) => {
    const where = and(eq(triggerRuns.tenantId, tenantId), eq(triggerRuns.id, id ?? 0));
    const [run] = await tx.select().from(triggerRuns).where(where).for("update");
    if (!run)
      throw APIError.notFound(`There is no triggered conversion "${runId.slice(0, 100)}".`).withDetails({
        reason: "unknown_trigger_run",
      });
    const { changed, ...row } = await decide(tx, run);
    if (changed) await tx.update(triggerRuns).set(changed).where(where);
    return toRun(row);
  });
}

function settled(state: string): APIError {
  const why = state === "queued" ? "waits for its conversion" : "cannot be run again";
  return APIError.failedPrecondition(`The triggered conversion is ${state}: it ${why}.`).withDetails({
    reason: "trigger_run_settled",
  });
}

/** How many runs of each data source wait, and have failed. */
export async function countRuns(
  tx: Db,
  tenantId: string,
): Promise<Map<string, { queued: number; failed: number }>> {
  const rows = await tx
    .select({
      source: triggerRuns.source,
      queued: sql<number>`(count(*) filter (where ${triggerRuns.state} = 'queued'))::integer`,
      failed: sql<number>`(count(*) filter (where ${triggerRuns.state} <> 'queued'))::integer`,
    })
    .from(triggerRuns)
    .where(
      and(eq(triggerRuns.tenantId, tenantId), inArray(triggerRuns.state, ["queued", "failed", "stopped"])),
    )
    .groupBy(triggerRuns.source);
  return new Map(rows.map(({ source, ...counts }) => [source, counts]));
}

function toRun(row: Row): TriggerRun {
  return {
    id: String(row.id),
    ruleId: row.ruleId,
    dataSource: row.source,
    entity: row.entity,
    sourceRecordId: row.sourceRecordId,
    operation: row.operation,
    state: row.state,
    outcome: row.outcome ?? undefined,
    targetRecordId: row.targetRecordId ?? undefined,
    reason: row.reason ?? undefined,
    message: row.message ?? undefined,
    chain: row.chain,
    attempts: row.attempts,
    changedAt: row.changedAt,
    queuedAt: row.queuedAt,
    finishedAt: row.finishedAt ?? undefined,
  } satisfies TriggerRun;
}
