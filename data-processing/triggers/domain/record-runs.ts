import { createHash } from "node:crypto";
import { sql } from "drizzle-orm";
import { eventIdOf, newEvent } from "../../../shared/events/envelope.js";
import { addToOutbox } from "../../../shared/events/outbox.js";
import type { Db } from "../../db.js";
import { triggerQueue, triggerRuns } from "../../schema.js";
import type { AutomaticRule } from "./active-rules.js";
import type { Match } from "./match-changes.js";

/** Postgres channel that tells of changed automatic rules and of runs that wait. */
export const triggerChannel = "axion_triggers";

/** Where matched changes come from. */
interface ChangeOrigin {
  tenantId: string;
  dataSource: string;
  entity: string;
}

const rowsAtATime = 500;

/**
 * Puts what changes start on record, in the running transaction: a run for each rule and change, which a change that comes
 * twice finds there. Loops and conditions that failed are told of as `conversion-failed`. Returns how many are new.
 */
export async function recordRuns(tx: Db, origin: ChangeOrigin, matches: readonly Match[]): Promise<number> {
  let recorded = 0;
  for (let at = 0; at < matches.length; at += rowsAtATime)
    recorded += await recordPart(tx, origin, matches.slice(at, at + rowsAtATime));
  return recorded;
}

async function recordPart(tx: Db, origin: ChangeOrigin, matches: readonly Match[]): Promise<number> {
  const { tenantId, dataSource, entity } = origin;
  const inserted = await tx
    .insert(triggerRuns)
    .values(
      matches.map(({ rule, change, verdict, reason, message }) => ({
        tenantId,
        ruleId: rule.id,
        source: dataSource,
        entity,
        sourceRecordId: change.recordId,
        changeId: change.id,
        operation: change.operation,
        chain: [...change.chain],
        state: verdict === "run" ? ("queued" as const) : verdict,
        reason,
        message: message?.slice(0, 2_000),
        changedAt: change.changedAt,
        finishedAt: verdict === "run" ? null : sql`now()`,
      })),
    )
    .onConflictDoNothing()
    .returning({
      id: triggerRuns.id,
      ruleId: triggerRuns.ruleId,
      changeId: triggerRuns.changeId,
      recordId: triggerRuns.sourceRecordId,
      state: triggerRuns.state,
    });
  const queued = inserted.filter(({ state }) => state === "queued");
  if (queued.length > 0) {
    await tx.insert(triggerQueue).values(
      queued.map(({ id, ruleId, recordId }) => ({
        runId: id,
        tenantId,
        ruleId,
        recordHash: recordHash(recordId),
      })),
    );
    await tx.execute(sql`select pg_notify(${triggerChannel}, 'runs')`);
  }
  const known = new Map(matches.map((match) => [JSON.stringify([match.rule.id, match.change.id]), match]));
  for (const { id, ruleId, changeId, state } of inserted) {
    const match = known.get(JSON.stringify([ruleId, changeId]));
    if (state === "queued" || !match) continue;
    await tellFailedRun(tx, {
      tenantId,
      runId: id,
      rule: match.rule,
      recordId: match.change.recordId,
      code: match.reason ?? "trigger_failed",
      error: match.message ?? "",
    });
  }
  return inserted.length;
}

/** A run of a trigger that came to nothing. */
interface FailedRun {
  tenantId: string;
  runId: number;
  rule: AutomaticRule;
  recordId: string;
  code: string;
  error: string;
}

/** Tells of a run that failed, or was stopped, before its conversion could tell so itself. */
export async function tellFailedRun(tx: Db, run: FailedRun): Promise<void> {
  const { tenantId, runId, rule, recordId, code, error } = run;
  const event = {
    type: "conversion-failed" as const,
    ruleId: rule.id,
    ruleVersion: rule.version,
    sourceRecordId: recordId,
    sourceEntity: rule.definition.source.entity,
    targetEntity: rule.definition.target.entity,
    conversionType: "automatic" as const,
    performedBy: "system",
    error,
    errorCode: code,
  };
  const made = newEvent(event, { tenantId, userId: "system", orderedBy: recordId });
  const eventId = eventIdOf(JSON.stringify(["trigger-run", tenantId, runId, code]));
  await addToOutbox(tx, "conversion-events", { ...made, eventId });
}

/** Digest of a record's id, as a UUID. */
export function recordHash(recordId: string): string {
  const hex = createHash("md5").update(recordId).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
