import { and, eq, sql } from "drizzle-orm";
import { APIError, ErrCode } from "encore.dev/api";
import log from "encore.dev/log";
import { setTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { executeConversion } from "../../entity-conversion/domain/execute-conversion.js";
import type { RuleWorld } from "../../entity-conversion/domain/prepare-rule.js";
import { findRule } from "../../entity-conversion/domain/rule-rows.js";
import type { ExecuteConversionResponse } from "../../entity-conversion/types.js";
import { triggerQueue, triggerRuns } from "../../schema.js";
import { tellFailedRun } from "./record-runs.js";

/** What running needs of its surroundings. */
export interface RunnerWorld {
  /** Claims are held in transactions of it, a connection each. */
  claims: Db;
  db: Db;
  /** Data as the tenant reaches it; what is written there comes from the rules of `chain`, beside the rule that runs. */
  worldAfter: (actor: { tenantId: string; userID: string }, chain: readonly string[]) => RuleWorld;
  /** Whether the tenant's rules may run now. */
  mayRun: (tenantId: string) => Promise<boolean>;
}

const mostAttempts = 3;
/** Tries where the data source is out of reach: about an hour. */
const mostAttemptsOutOfReach = 70;
const longestWaitMs = 60_000;

/** Tenants with runs that are due. */
export async function tenantsWithDueRuns(db: Db): Promise<string[]> {
  const rows = await db.execute<{ tenant_id: string }>(sql`
    with recursive found(tenant_id) as (
      select min(tenant_id) from trigger_queue
      union all
      select (select min(q.tenant_id) from trigger_queue q where q.tenant_id > f.tenant_id)
      from found f where f.tenant_id is not null
    )
    select tenant_id from found where tenant_id is not null
      and exists (select from trigger_queue q where q.tenant_id = found.tenant_id and q.due_at <= now())
    limit 1000`);
  return rows.map((row) => row.tenant_id);
}

type Run = typeof triggerRuns.$inferSelect;

/**
 * Claims the tenant's next due run, converts its record and settles it. The claim is the lock of a row, which ends with the
 * process: whoever claims the run next finds by its key what was done. Runs of a rule on one record go one after the
 * other. False where none is due.
 */
export async function runNext(on: RunnerWorld, tenantId: string): Promise<boolean> {
  if (!(await on.mayRun(tenantId))) return false;
  return await on.claims.transaction(async (tx) => {
    const [claim] = await tx.execute<{ run_id: number }>(sql`
      select q.run_id::float8 as run_id from trigger_queue q
      where q.tenant_id = ${tenantId} and q.due_at <= now() and not exists (
        select from trigger_queue e
        where e.rule_id = q.rule_id and e.record_hash = q.record_hash and e.run_id < q.run_id)
      order by q.run_id limit 1 for update of q skip locked`);
    if (!claim) return false;
    await setTenant(tx, tenantId);
    const [run] = await tx
      .select()
      .from(triggerRuns)
      .where(and(eq(triggerRuns.tenantId, tenantId), eq(triggerRuns.id, claim.run_id)));
    if (run) await settle(tx, run, await convert(on, run));
    else await tx.delete(triggerQueue).where(eq(triggerQueue.runId, claim.run_id));
    return true;
  });
}

async function convert(on: RunnerWorld, run: Run): Promise<ExecuteConversionResponse | Error> {
  const { tenantId, ruleId, sourceRecordId } = run;
  const actor = { tenantId, userID: "system" };
  try {
    return await executeConversion(on.db, on.worldAfter(actor, run.chain), actor, {
      ruleId,
      sourceRecordId,
      type: "automatic",
      idempotencyKey: `trigger-run:${run.id}`,
    });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

async function settle(tx: Db, run: Run, answer: ExecuteConversionResponse | Error): Promise<void> {
  const attempts = run.attempts + 1;
  if (!(answer instanceof Error)) {
    const { outcome, targetRecordId, reason } = answer;
    await finish(tx, run, {
      state: "completed",
      outcome,
      targetRecordId: targetRecordId ?? null,
      reason: reason?.code ?? null,
      message: reason?.message.slice(0, 2_000) ?? null,
      attempts,
    });
    return;
  }
  const waitMs = waitBefore(answer, attempts);
  const { reason, message } = described(answer);
  if (waitMs !== undefined) {
    await tx.update(triggerRuns).set({ attempts, reason, message }).where(eq(triggerRuns.id, run.id));
    await tx
      .update(triggerQueue)
      .set({ dueAt: sql`now() + ${waitMs} * interval '1 millisecond'` })
      .where(eq(triggerQueue.runId, run.id));
    return;
  }
  const retired = reason === "rule_retired" || reason === "rule_is_draft" || reason === "unknown_rule";
  await finish(tx, run, { state: retired ? "discarded" : "failed", reason, message, attempts });
  if (retired || isTold(answer)) return;
  log.warn(answer, "a triggered conversion failed", { tenantId: run.tenantId, ruleId: run.ruleId });
  const { rule, version } = await findRule(tx, run.tenantId, run.ruleId);
  await tellFailedRun(tx, {
    tenantId: run.tenantId,
    runId: run.id,
    rule: { id: rule.id, version: version.version, definition: version.definition },
    recordId: run.sourceRecordId,
    code: reason,
    error: message,
  });
}

async function finish(
  tx: Db,
  run: Run,
  values: Partial<Omit<Run, "id" | "tenantId">> & Pick<Run, "state">,
): Promise<void> {
  await tx
    .update(triggerRuns)
    .set({ ...values, finishedAt: new Date() })
    .where(and(eq(triggerRuns.tenantId, run.tenantId), eq(triggerRuns.id, run.id)));
  await tx.delete(triggerQueue).where(eq(triggerQueue.runId, run.id));
}

/** How long to wait before another try, in milliseconds; undefined where none is worth while. */
function waitBefore(error: Error, attempts: number): number | undefined {
  const passing = [ErrCode.Unavailable, ErrCode.DeadlineExceeded, ErrCode.Aborted, ErrCode.ResourceExhausted];
  const outOfReach = error instanceof APIError && passing.includes(error.code);
  if (error instanceof APIError && !outOfReach && error.code !== ErrCode.Internal) return undefined;
  if (attempts >= (outOfReach ? mostAttemptsOutOfReach : mostAttempts)) return undefined;
  return Math.min(100 * 2 ** attempts, longestWaitMs);
}

/** What a caller is told of a failure; of one of the service itself, its log says more. */
function described(error: Error): { reason: string; message: string } {
  if (!(error instanceof APIError) || error.code === ErrCode.Internal)
    return {
      reason: "conversion_interrupted",
      message: "An error of the service itself interrupted the conversion: it can be retried.",
    };
  const reason = error.details?.reason;
  return {
    reason: typeof reason === "string" ? reason : "conversion_interrupted",
    message: error.message.slice(0, 2_000),
  };
}

/** Whether the conversion has told of its failure itself: of what is wrong with the record, or with the rule. */
function isTold(error: Error): boolean {
  return (
    error instanceof APIError &&
    (error.code === ErrCode.FailedPrecondition || error.code === ErrCode.NotFound)
  );
}
