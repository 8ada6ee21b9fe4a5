import { APIError } from "encore.dev/api";
import { withTenant } from "../../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../../db.js";
import type { RunShadowRequest, RunShadowResponse } from "../../types.js";
import type { Actor } from "../actor.js";
import type { RuleWorld } from "../prepare-rule.js";
import { requireSampleBounds } from "../preview-sample.js";
import { queueJob } from "../queue-job.js";
import { findRule } from "../rule-rows.js";
import { chooseSample, evaluateSample, type Sample } from "../sample-records.js";
import { compareSides } from "./compare-sides.js";
import { openSides, type ShadowSide, trySide } from "./shadow-sides.js";
import { insertRun, noComparison, recordDifferences, removeOldRuns, toShadowRun } from "./store-shadow.js";

const mostInBackground = 1_000_000;

/**
 * Tries two rules, or two versions of one, on the same records and keeps where they differ: in whether a record is
 * written, in which target record, and in the values. Both are written and taken back, each on the target as it is,
 * and as if no record had been converted before; nothing stays. With `background` a job does it.
 */
export async function runShadow(
  db: Db,
  world: RuleWorld,
  actor: Actor,
  request: RunShadowRequest,
): Promise<RunShadowResponse> {
  if (request.background) return await startShadow(db, world, actor, request);
  requireSampleBounds(request, 200);
  const sides = await openSides({ db, world, actor }, request);
  const { sampling, recordIds, limit = 100 } = request;
  const sample = await chooseSample(world, sides.old.plan, { sampling, recordIds, limit });
  const tried = async (side: ShadowSide, from: Sample) =>
    await trySide(world, actor, side, await evaluateSample(world, side.plan, from));
  const { comparison, differences } = compareSides(
    await tried(sides.old, sample),
    await tried(sides.new, sample),
    sample.filtered,
  );
  const { tenantId } = actor;
  const run = await withTenant(db, tenantId, async (tx) => {
    await removeOldRuns(tx, tenantId);
    const made = await insertRun(tx, actor, { sides, request: { ...request, limit }, comparison });
    await recordDifferences(tx, { tenantId, runId: made.id, found: 0 }, differences);
    return made;
  });
  return { ...toShadowRun(run, undefined), differences: differences.slice(0, request.examples ?? 20) };
}

/** Queues a comparison as a job of the saved rule among the sides, of the new one where both are. */
async function startShadow(
  db: Db,
  world: RuleWorld,
  actor: Actor,
  request: RunShadowRequest,
): Promise<RunShadowResponse> {
  requireBackground(request);
  const sides = await openSides({ db, world, actor }, request);
  const saved = [sides.new.rule, sides.old.rule].find(({ ruleId }) => ruleId !== undefined);
  if (!saved?.ruleId) throw refuse("background", "at least one side must be a saved rule.");
  const { tenantId } = actor;
  const { ruleId, version } = saved;
  return await withTenant(db, tenantId, async (tx) => {
    await removeOldRuns(tx, tenantId);
    const rule = await findRule(tx, tenantId, ruleId, version);
    const job = await queueJob(tx, { actor, rule, idempotencyKey: undefined, selection: { shadow: true } });
    const run = await insertRun(tx, actor, { sides, request, comparison: noComparison, jobId: job.id });
    return {
      ...toShadowRun(run, { ...job, error: null, total: null, finishedAt: null, runningMs: 0 }),
      differences: [],
    };
  });
}

function requireBackground({ limit, recordIds, sampling, examples }: RunShadowRequest): void {
  if (recordIds) throw refuse("recordIds", "not in the background.");
  if (sampling) throw refuse("sampling", "not in the background, where all records are compared.");
  if (examples !== undefined)
    throw refuse("examples", "not in the background: list the differences of the run.");
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1 && limit <= mostInBackground))
    throw refuse("limit", `1 to ${mostInBackground} records.`);
}

function refuse(path: string, message: string): APIError {
  return APIError.invalidArgument(`${path}: ${message}`).withDetails({ reason: "bad_sample", path });
}
