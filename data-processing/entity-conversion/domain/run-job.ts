import { setTimeout as delay } from "node:timers/promises";
import { APIError, ErrCode } from "encore.dev/api";
import log from "encore.dev/log";
import { requireWithinQuota } from "../../../shared/tenancy/tenant-policy.js";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { isRetryable, postgresError } from "../../sources/postgres-errors.js";
import type { Actor } from "./actor.js";
import { recordBatch, recordFinish, recordPause, recordStart } from "./checkpoint.js";
import { openConvertJob } from "./convert-job.js";
import { type JobClaim, LeaseLostError } from "./job-queue.js";
import { findJob, type JobRow } from "./job-rows.js";
import type { JobWork } from "./job-work.js";
import type { RuleWorld } from "./prepare-rule.js";
import { openShadowJob } from "./shadow/shadow-job.js";
import { openUndoJob } from "./undo/undo-job.js";

/** Waits grow to fifty times the first one: about two minutes together, which is longer than a server takes to start. */
const tries = 30;
const mostGrowth = 50;

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
  /** The tenant's settings: records a batch, and the most that a job may read; 2,500 and no limit without it. */
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
  const step = <T>(work: () => Promise<T>): Promise<T> => retrying({ ...runner, signal }, work);
  let row = await step(() =>
    withTenant(runner.db, claim.tenantId, (tx) => findJob(tx, claim.tenantId, claim.jobId)),
  );
  let work: JobWork | undefined;
  try {
    const opened = await step(() => openJob(runner, row));
    work = opened;
    const total = row.job.total ?? (await step(() => opened.count()));
    await requireRowsAllowed(runner, claim.tenantId, total);
    row = await step(() => recordStart(runner.db, claim, { total, executor: opened.executor }));
    for (;;) {
      if (row.job.pauseRequested) row = await step(() => recordPause(runner.db, claim));
      if (row.job.state === "paused") return;
      if (row.job.cancelRequested) return await finish(runner, claim, { outcome: "cancelled" });
      if (signal.aborted) return;
      const next = await step(() => runBatch(runner, claim, { row, work: opened }));
      if (!next) return await finish(runner, claim, { outcome: "completed" });
      row = next;
    }
  } catch (error) {
    if (error instanceof LeaseLostError) throw error;
    // Asked to stop while a database was away: the job is given back as it is.
    if (signal.aborted && isTransient(error)) return;
    log.error(error, "conversion job failed", { jobId: claim.jobId, tenantId: claim.tenantId });
    await finish(runner, claim, { outcome: "failed", error: messageOf(error) });
  } finally {
    work?.close?.();
  }
}

/** A job that would read more than the plan allows does not begin: it fails and says so. */
async function requireRowsAllowed(runner: JobRunner, tenantId: string, total: number): Promise<void> {
  const settings = await runner.settingsOf?.(tenantId);
  if (settings === undefined) return;
  requireWithinQuota({ name: "records a job", limit: settings.rowsPerJob, used: total, more: 0 });
}

const openers = { convert: openConvertJob, undo: openUndoJob, shadow: openShadowJob };

async function openJob(runner: JobRunner, row: JobRow): Promise<JobWork> {
  const world = runner.world({ tenantId: row.job.tenantId, userID: row.job.createdBy });
  return await openers[row.job.kind](runner.db, world, row);
}

/** Does and records the next batch; undefined where there is none. */
async function runBatch(
  runner: JobRunner,
  claim: JobClaim,
  { row, work }: { row: JobRow; work: JobWork },
): Promise<JobRow | undefined> {
  const began = performance.now();
  const limit = runner.batchSize ?? (await runner.settingsOf?.(claim.tenantId))?.batchSize ?? 2_500;
  const batch = row.job.batches + 1;
  const done = await work.next(row, limit);
  if (!done) return undefined;
  await runner.onBatchWritten?.(claim, batch);
  const elapsedMs = performance.now() - began;
  return await recordBatch(runner.db, claim, { batch, ...done, elapsedMs });
}

async function finish(
  runner: JobRunner,
  claim: JobClaim,
  end: Parameters<typeof recordFinish>[2],
): Promise<void> {
  await retrying(runner, () => recordFinish(runner.db, claim, end));
}

/** Tries again what an unreachable database or a race made fail, with growing waits, until asked to stop. */
async function retrying<T>(
  { firstRetryMs = 100, signal }: Pick<JobRunner, "firstRetryMs"> & { signal?: AbortSignal },
  step: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await step();
    } catch (error) {
      if (attempt >= tries || signal?.aborted || !isTransient(error)) throw error;
      const waitMs = firstRetryMs * Math.min(2 ** (attempt - 1), mostGrowth);
      log.warn(error, "step of a conversion job failed; trying again", { attempt, waitMs });
      await delay(waitMs, undefined, { signal }).catch(() => {});
    }
  }
}

/** `Internal` and `Unknown` are what a service answers whose own database is away for a moment. */
const transientCodes = new Set([
  ErrCode.Unavailable,
  ErrCode.DeadlineExceeded,
  ErrCode.Internal,
  ErrCode.Unknown,
]);

function isTransient(error: unknown): boolean {
  if (error instanceof APIError) return transientCodes.has(error.code);
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const code = "code" in cause ? String(cause.code) : "";
    if (isRetryable(cause) || /^(E[A-Z]+|CONNECT|08|57P|53)/.test(code)) return true;
  }
  return false;
}

/** Tables or columns that a plan knew are gone, or have another type. */
const schemaCodes = new Set(["42703", "42P01", "42804", "42883", "3F000"]);

function messageOf(error: unknown): string {
  const message = (error instanceof Error ? error.message : String(error)).slice(0, 2_000);
  if (!schemaCodes.has(postgresError(error)?.code ?? "")) return message;
  return `The schema of the source or the target changed while the job ran: ${message}. Correct the rule and start the job again: what was converted stays and is not converted twice.`;
}
