import { and, eq, lt, sql } from "drizzle-orm";
import type { Db } from "../../../db.js";
import { type jobs, shadowDifferences, shadowRuns } from "../../../schema.js";
import type { RecordDifference, RunShadowRequest, ShadowRun } from "../../types.js";
import type { Actor } from "../actor.js";
import type { Comparison } from "./compare-sides.js";
import type { ShadowSides } from "./shadow-sides.js";

/** Differing records of a run that are kept. */
const mostDifferences = 10_000;
const keptDays = 30;

type ShadowRow = typeof shadowRuns.$inferSelect;

/** What a run shows of its job. */
type ShadowJob = Pick<
  typeof jobs.$inferSelect,
  "state" | "error" | "total" | "finishedAt" | "processed" | "runningMs"
>;

const noEffects = { create: 0, update: 0, unchanged: 0, skip: 0, fail: 0 };

/** What came of no records. */
export const noComparison: Comparison = {
  compared: 0,
  filtered: 0,
  identical: 0,
  different: 0,
  oldEffects: noEffects,
  newEffects: noEffects,
  fields: [],
  effects: [],
};

/** Keeps a run. */
export async function insertRun(
  tx: Db,
  { tenantId, userID }: Actor,
  run: { sides: ShadowSides; request: RunShadowRequest; comparison: Comparison; jobId?: string },
): Promise<ShadowRow> {
  const { sides, request, comparison, jobId } = run;
  const { source } = sides.old.plan.definition;
  const [row] = await tx
    .insert(shadowRuns)
    .values({
      tenantId,
      jobId,
      oldRule: sides.old.rule,
      newRule: sides.new.rule,
      dataSource: source.dataSource,
      sourceEntity: source.entity,
      filter: request.filter,
      limit: request.limit,
      ...comparison,
      createdBy: userID,
    })
    .returning();
  return row!;
}

/** Keeps differing records of a run behind the `found` ones that it has, up to a bound. */
export async function recordDifferences(
  tx: Db,
  { tenantId, runId, found }: { tenantId: string; runId: string; found: number },
  differences: readonly RecordDifference[],
): Promise<void> {
  const rows = differences
    .slice(0, Math.max(mostDifferences - found, 0))
    .map(({ sourceRecordId, kind, old, new: next, fields }, at) => ({
      tenantId,
      runId,
      place: found + at + 1,
      kind,
      sourceRecordId,
      oldOutcome: old,
      newOutcome: next,
      fields,
    }));
  for (let start = 0; start < rows.length; start += 1_000)
    await tx.insert(shadowDifferences).values(rows.slice(start, start + 1_000));
}

/** Removes a tenant's runs of long ago. */
export async function removeOldRuns(tx: Db, tenantId: string): Promise<void> {
  const old = lt(shadowRuns.createdAt, sql`now() - make_interval(days => ${keptDays})`);
  await tx.delete(shadowRuns).where(and(eq(shadowRuns.tenantId, tenantId), old));
}

/** A run as callers see it, with the job that works on it. */
export function toShadowRun(row: ShadowRow, job: ShadowJob | undefined): ShadowRun {
  const total = job?.total ?? undefined;
  const goal = total === undefined ? undefined : Math.min(total, row.limit ?? total);
  const left = goal === undefined ? undefined : Math.max(goal - (job?.processed ?? 0), 0);
  const secondsLeft =
    job?.state === "running" && left !== undefined && job.processed > 0
      ? Math.round((left * job.runningMs) / job.processed / 100) / 10
      : undefined;
  return {
    id: row.id,
    jobId: row.jobId ?? undefined,
    state: job?.state ?? "completed",
    error: job?.error ?? undefined,
    old: row.oldRule,
    new: row.newRule,
    dataSource: row.dataSource,
    sourceEntity: row.sourceEntity,
    filter: row.filter ?? undefined,
    limit: row.limit ?? undefined,
    total,
    secondsLeft,
    compared: row.compared,
    filtered: row.filtered,
    identical: row.identical,
    different: row.different,
    oldEffects: row.oldEffects,
    newEffects: row.newEffects,
    fields: row.fields,
    effects: row.effects,
    createdBy: row.createdBy,
    createdAt: row.createdAt,
    finishedAt: row.jobId ? (job?.finishedAt ?? undefined) : row.createdAt,
  };
}
