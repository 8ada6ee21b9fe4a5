import { setTimeout as delay } from "node:timers/promises";
import { APIError, ErrCode } from "encore.dev/api";
import log from "encore.dev/log";
import { requireWithinQuota } from "../../../shared/tenancy/tenant-policy.js";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { quoteTable } from "../../sources/identifiers.js";
import { isRetryable } from "../../sources/postgres-errors.js";
import type { Actor } from "./actor.js";
import { recordBatch, recordFinish, recordPause, recordStart } from "./checkpoint.js";
import { type Conversion, convertBatch, openConversion } from "./convert-batch.js";
import { type JobClaim, LeaseLostError } from "./job-queue.js";
import { findJob, type JobRow } from "./job-rows.js";
import { filteredPlan, nextListed, withMissing } from "./job-selection.js";
import type { RecordResult } from "./plan.js";
import { prepareRule, type RuleWorld } from "./prepare-rule.js";
import { parseRecordId } from "./record-id.js";
import { brokenFilter, brokenRule } from "./rule-problems.js";

const tries = 8;
const countTimeoutMs = 120_000;

/** What a tenant's settings and plan say of its jobs. */
export interface JobSettings {
  batchSize: number;
  rowsPerJob: number;
}

/** What running jobs needs. */
export interface JobRunner {
  db: Db;
  world: (actor: Actor) => RuleWorld;
  /** Records a batch, whatever the tenant's settings say. */
  batchSize?: number;
  /** The tenant's settings: records a batch, and the most that a job may read; 5,000 and no limit without it. */
  settingsOf?: (tenantId: string) => Promise<JobSettings>;
  /** Waits before trying again after a failure, in milliseconds: the first; each further one doubles it. */
  firstRetryMs?: number;
  /** For tests: called when a batch is in the target and not yet recorded. */
  onBatchWritten?: (claim: JobClaim, batch: number) => Promise<void>;
}

/**
 * Works on a claimed job until it has ended, `signal` asks to stop, or another worker has taken it over. Every step
 * can be done again: a batch that was written and not recorded finds its links and answers as it did before.
 */
export async function runJob(runner: JobRunner, claim: JobClaim, signal: AbortSignal): Promise<void> {
  let row = await retrying(runner, () =>
    withTenant(runner.db, claim.tenantId, (tx) => findJob(tx, claim.tenantId, claim.jobId)),
  );
  try {
    const conversion = await retrying(runner, () => openJob(runner, row));
    const total = row.job.total ?? (await retrying(runner, () => countRecords(conversion)));
    await requireRowsAllowed(runner, claim.tenantId, total);
    row = await retrying(runner, () =>
      recordStart(runner.db, claim, { total, executor: conversion.executor }),
    );
    for (;;) {
      if (row.job.pauseRequested) row = await retrying(runner, () => recordPause(runner.db, claim));
      if (row.job.state === "paused") return;
      if (row.job.cancelRequested) return await finish(runner, claim, { outcome: "cancelled" });
      if (signal.aborted) return;
      const next = await retrying(runner, () => runBatch(runner, claim, { row, conversion }));
      if (!next) return await finish(runner, claim, { outcome: "completed" });
      row = next;
    }
  } catch (error) {
    if (error instanceof LeaseLostError) throw error;
    log.error(error, "conversion job failed", { jobId: claim.jobId, tenantId: claim.tenantId });
    await finish(runner, claim, { outcome: "failed", error: messageOf(error) });
  }
}

/** A job that would read more than the plan allows does not begin: it fails and says so. */
async function requireRowsAllowed(runner: JobRunner, tenantId: string, total: number): Promise<void> {
  const settings = await runner.settingsOf?.(tenantId);
  if (settings === undefined) return;
  requireWithinQuota({ name: "records a job", limit: settings.rowsPerJob, used: total, more: 0 });
}

async function openJob(runner: JobRunner, { job, version }: JobRow): Promise<Conversion> {
  const world = runner.world({ tenantId: job.tenantId, userID: job.createdBy });
  const { plan, problems } = await prepareRule(world, {
    ruleId: job.ruleId,
    ruleVersion: job.ruleVersion,
    definition: version.definition,
  });
  if (!plan) throw brokenRule(problems);
  if (job.filter === null) return await openConversion(plan, world.open);
  const filtered = filteredPlan(plan, job.filter);
  if (!filtered.plan) throw brokenFilter(filtered.problems);
  return await openConversion(filtered.plan, world.open);
}

async function countRecords({ source, plan }: Conversion): Promise<number> {
  const rows = await source.begin(
    (tx) =>
      tx
        .unsafe<{ total: string }[]>(`SELECT count(*)::text AS total FROM ${quoteTable(plan.source.table)}`)
        .execute(),
    { readOnly: true, statementTimeoutMs: countTimeoutMs },
  );
  return Number(rows[0]?.total ?? 0);
}

/** Converts and records the next batch; undefined where there is none. */
async function runBatch(
  runner: JobRunner,
  claim: JobClaim,
  { row, conversion }: { row: JobRow; conversion: Conversion },
): Promise<JobRow | undefined> {
  const began = performance.now();
  const limit = runner.batchSize ?? (await runner.settingsOf?.(claim.tenantId))?.batchSize ?? 5_000;
  const batch = row.job.batches + 1;
  const converted = await convertNext(runner, claim, { row, conversion, limit });
  if (!converted) return undefined;
  await runner.onBatchWritten?.(claim, batch);
  const elapsedMs = performance.now() - began;
  return await recordBatch(runner.db, claim, { batch, ...converted, elapsedMs });
}

/** Converts the next records of the job: by their keys, or by its list. */
async function convertNext(
  runner: JobRunner,
  { tenantId, jobId }: JobClaim,
  { row, conversion, limit }: { row: JobRow; conversion: Conversion; limit: number },
): Promise<{ results: RecordResult[]; position: string[] } | undefined> {
  const context = { tenantId, jobId };
  if (row.job.recordCount === null) {
    const range = { after: row.job.position ?? undefined, limit };
    const results = await convertBatch(conversion, range, context);
    const last = results.at(-1);
    return last && { results, position: last.key };
  }
  const listed = await withTenant(runner.db, tenantId, (tx) => nextListed(tx, row, limit));
  if (!listed) return undefined;
  const { plan } = conversion;
  const keys = listed.ids.map((id) => parseRecordId(id, plan.source.recordKey.length));
  const results = await convertBatch(conversion, { keys }, context);
  return { results: withMissing(plan, listed.ids, results), position: listed.position };
}

async function finish(
  runner: JobRunner,
  claim: JobClaim,
  end: Parameters<typeof recordFinish>[2],
): Promise<void> {
  await retrying(runner, () => recordFinish(runner.db, claim, end));
}

/** Tries again what an unreachable database or a race made fail, with growing waits. */
async function retrying<T>(runner: JobRunner, step: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await step();
    } catch (error) {
      if (attempt >= tries || !isTransient(error)) throw error;
      const waitMs = Math.min((runner.firstRetryMs ?? 100) * 2 ** (attempt - 1), 5_000);
      log.warn(error, "step of a conversion job failed; trying again", { attempt, waitMs });
      await delay(waitMs);
    }
  }
}

function isTransient(error: unknown): boolean {
  if (error instanceof APIError)
    return error.code === ErrCode.Unavailable || error.code === ErrCode.DeadlineExceeded;
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const code = "code" in cause ? String(cause.code) : "";
    if (isRetryable(cause) || /^(E[A-Z]+|CONNECT|08|57P|53)/.test(code)) return true;
  }
  return false;
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 2_000);
}
