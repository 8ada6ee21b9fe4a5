import { and, eq, sql } from "drizzle-orm";
import { requestCorrelationId } from "../../../shared/events/envelope.js";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { jobQueue, jobs } from "../../schema.js";
import type { ConversionJob, StartJobRequest } from "../types.js";
import type { Actor } from "./actor.js";
import { jobChannel } from "./job-queue.js";
import { findJob, readReasons, toJob } from "./job-rows.js";
import { prepareRule, type RuleWorld } from "./prepare-rule.js";
import { brokenRule } from "./rule-problems.js";
import { findRule, requireActive, requireIdempotencyKey } from "./rule-rows.js";

/**
 * Queues the conversion of all records of a rule's source, by the rule's latest version. A rule runs one job at a
 * time: a second one waits.
 */
export async function startJob(
  db: Db,
  world: RuleWorld,
  actor: Actor,
  request: StartJobRequest,
): Promise<ConversionJob> {
  const { tenantId, userID } = actor;
  const { idempotencyKey } = request;
  requireIdempotencyKey(idempotencyKey);
  const { rule, version } = await withTenant(db, tenantId, (tx) => findRule(tx, tenantId, request.ruleId));
  requireActive(rule);
  const prepared = await prepareRule(world, {
    ruleId: rule.id,
    ruleVersion: version.version,
    definition: version.definition,
  });
  if (!prepared.plan) throw brokenRule(prepared.problems);
  return await withTenant(db, tenantId, async (tx) => {
    const [job] = await tx
      .insert(jobs)
      .values({
        tenantId,
        ruleId: rule.id,
        ruleVersion: version.version,
        idempotencyKey,
        correlationId: requestCorrelationId(),
        createdBy: userID,
      })
      .onConflictDoNothing({ target: [jobs.tenantId, jobs.idempotencyKey] })
      .returning();
    if (!job) return await jobOfKey(tx, tenantId, idempotencyKey!);
    await tx.insert(jobQueue).values({ jobId: job.id, tenantId, ruleId: rule.id });
    await tx.execute(sql`select pg_notify(${jobChannel}, '')`);
    return toJob({ job, version }, { skipReasons: [], failureReasons: [] });
  });
}

async function jobOfKey(tx: Db, tenantId: string, idempotencyKey: string): Promise<ConversionJob> {
  const [known] = await tx
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(eq(jobs.tenantId, tenantId), eq(jobs.idempotencyKey, idempotencyKey)));
  return toJob(await findJob(tx, tenantId, known!.id), await readReasons(tx, tenantId, known!.id));
}
