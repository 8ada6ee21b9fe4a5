import { eq } from "drizzle-orm";
import { withTenant } from "../../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../../db.js";
import { shadowRuns } from "../../../schema.js";
import type { SourceTransaction } from "../../../sources/data-source.js";
import { quoteTable } from "../../../sources/identifiers.js";
import { compileRecordEvaluator } from "../evaluate-records.js";
import type { JobRow } from "../job-rows.js";
import type { JobBatch, JobWork } from "../job-work.js";
import type { ConversionPlan } from "../plan.js";
import type { RuleWorld } from "../prepare-rule.js";
import { readRecords } from "../read-records.js";
import { addComparisons, compareSides } from "./compare-sides.js";
import { openSides, trySide } from "./shadow-sides.js";
import { recordDifferences } from "./store-shadow.js";

/** Records that are tried together, at most: they stay locked in the target meanwhile. */
const mostTogether = 500;
const countTimeoutMs = 120_000;

/**
 * Opens a job that compares two rules. What a batch finds is added to the run in the transaction that records the batch,
 * so that no record counts twice.
 */
export async function openShadowJob(db: Db, world: RuleWorld, { job }: JobRow): Promise<JobWork> {
  const { tenantId } = job;
  const actor = { tenantId, userID: job.createdBy };
  const ofJob = eq(shadowRuns.jobId, job.id);
  const [run] = await withTenant(db, tenantId, (tx) => tx.select().from(shadowRuns).where(ofJob));
  if (!run) throw new Error("The comparison is not kept any more.");
  const sides = await openSides(
    { db, world, actor },
    { old: run.oldRule, new: run.newRule, filter: run.filter ?? undefined },
  );
  const { plan } = sides.old;
  const source = await world.open(plan.definition.source.dataSource);
  const evaluators = { old: compileRecordEvaluator(plan), new: compileRecordEvaluator(sides.new.plan) };
  return {
    count: () =>
      source.begin((tx) => countRecords(tx, plan), { readOnly: true, statementTimeoutMs: countTimeoutMs }),
    next: async ({ job: current }, limit): Promise<JobBatch | undefined> => {
      const left = run.limit === null ? limit : run.limit - current.processed;
      if (left <= 0) return undefined;
      const after = current.position ?? undefined;
      const records = await readRecords(source, plan, { after, limit: Math.min(limit, left, mostTogether) });
      const last = records.at(-1);
      if (!last) return undefined;
      const evaluated = await evaluators.old.evaluate(records, world.open);
      const kept = evaluated.filter((record) => !record.filtered);
      const keys = kept.map((record) => record.key);
      const again = keys.length === 0 ? [] : await readRecords(source, sides.new.plan, { keys });
      const { comparison, differences } = compareSides(
        await trySide(world, actor, sides.old, kept),
        await trySide(world, actor, sides.new, await evaluators.new.evaluate(again, world.open)),
        evaluated.length - kept.length,
      );
      return {
        results: [],
        processed: records.length,
        position: last.key,
        record: async (tx) => {
          const [before] = await tx.select().from(shadowRuns).where(ofJob).for("update");
          if (!before) return;
          await tx.update(shadowRuns).set(addComparisons(before, comparison)).where(ofJob);
          await recordDifferences(tx, { tenantId, runId: before.id, found: before.different }, differences);
        },
      };
    },
  };
}

async function countRecords(tx: SourceTransaction, plan: ConversionPlan): Promise<number> {
  const [row] = await tx.unsafe<{ total: string }[]>(
    `SELECT count(*)::text AS total FROM ${quoteTable(plan.source.table)}`,
  );
  return Number(row?.total ?? 0);
}
