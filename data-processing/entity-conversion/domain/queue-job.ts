import { and, eq, sql } from "drizzle-orm";
import { requestCorrelationId } from "../../../shared/events/envelope.js";
import type { Db } from "../../db.js";
import { jobQueue, jobRecords, jobs } from "../../schema.js";
import type { ConversionJob } from "../types.js";
import type { Actor } from "./actor.js";
import { jobChannel } from "./job-queue.js";
import { findJob, readReasons, toJob } from "./job-rows.js";
import type { RuleRow } from "./rule-rows.js";

/** Which records a job converts: all of the source, unless one of these says otherwise. */
export interface JobSelection {
  /** Condition on `record`. */
  filter?: string;
  /** Ids of the records, each once. */
  recordIds?: string[];
  /** A job that has ended, with the number of its failed records. */
  retryOf?: { jobId: string; failed: number };
  /** A job that has ended, whose records are to be undone. */
  undoOf?: { jobId: string; force: boolean; dryRun: boolean };
  /** The job compares two rules. */
  shadow?: boolean;
}

export interface NewJob {
  actor: Actor;
  rule: RuleRow;
  idempotencyKey: string | undefined;
  selection: JobSelection;
}

/**
 * Queues a job in the running transaction of the tenant, and wakes the workers. Where the idempotency key is known, it
 * answers with the job of that key.
 */
export async function queueJob(
  tx: Db,
  { actor, rule, idempotencyKey, selection }: NewJob,
): Promise<ConversionJob> {
  const { tenantId, userID } = actor;
  const { filter, recordIds, retryOf, undoOf, shadow } = selection;
  const listed = recordIds?.length ?? retryOf?.failed;
  const [job] = await tx
    .insert(jobs)
    .values({
      tenantId,
      ruleId: rule.rule.id,
      ruleVersion: rule.version.version,
      kind: shadow ? "shadow" : undoOf ? "undo" : "convert",
      undoOf: undoOf?.jobId,
      force: undoOf?.force,
      dryRun: undoOf?.dryRun,
      filter,
      retryOf: retryOf?.jobId,
      recordCount: listed,
      total: listed,
      idempotencyKey,
      correlationId: requestCorrelationId(),
      createdBy: userID,
    })
    .onConflictDoNothing({ target: [jobs.tenantId, jobs.idempotencyKey] })
    .returning();
  if (!job) return await jobOfKey(tx, tenantId, idempotencyKey!);
  const records = (recordIds ?? []).map((sourceRecordId, at) => ({
    tenantId,
    jobId: job.id,
    place: at + 1,
    sourceRecordId,
  }));
  for (let start = 0; start < records.length; start += 1_000) {
    await tx.insert(jobRecords).values(records.slice(start, start + 1_000));
  }
  await tx.insert(jobQueue).values({ jobId: job.id, tenantId, ruleId: rule.rule.id });
  await tx.execute(sql`select pg_notify(${jobChannel}, '')`);
  return toJob({ job, version: rule.version }, { skipReasons: [], failureReasons: [], fallbackReasons: [] });
}

async function jobOfKey(tx: Db, tenantId: string, idempotencyKey: string): Promise<ConversionJob> {
  const [known] = await tx
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(eq(jobs.tenantId, tenantId), eq(jobs.idempotencyKey, idempotencyKey)));
  return toJob(await findJob(tx, tenantId, known!.id), await readReasons(tx, tenantId, known!.id));
}
