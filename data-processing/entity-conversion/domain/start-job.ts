import { APIError } from "encore.dev/api";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import type { ConversionJob, StartJobRequest } from "../types.js";
import type { Actor } from "./actor.js";
import { filteredPlan, resolveRecordIds } from "./job-selection.js";
import type { ConversionPlan } from "./plan.js";
import type { RuleWorld } from "./prepare-rule.js";
import { type JobSelection, queueJob } from "./queue-job.js";
import { savedPlan } from "./rule-plan.js";
import { invalidFilter } from "./rule-problems.js";
import { findRule, type RuleRow, requireActive, requireIdempotencyKey } from "./rule-rows.js";

/**
 * Queues the conversion of a rule's source, or of a selection of its records, by the rule's latest version. A rule runs
 * one job at a time: a second one waits. Throws `invalidArgument` for a filter that does not fit the live schema, with
 * the position, and for ids that cannot be ids of the entity.
 */
export async function startJob(
  db: Db,
  world: RuleWorld,
  actor: Actor,
  request: StartJobRequest,
): Promise<ConversionJob> {
  const { tenantId } = actor;
  const { idempotencyKey } = request;
  requireIdempotencyKey(idempotencyKey);
  if (request.filter !== undefined && request.recordIds !== undefined) {
    throw APIError.invalidArgument("filter: give either filter or recordIds.");
  }
  const rule = await withTenant(db, tenantId, (tx) => findRule(tx, tenantId, request.ruleId));
  const plan = await runnablePlan(world, rule);
  const selection = await select(world, plan, request);
  return await withTenant(db, tenantId, (tx) => queueJob(tx, { actor, rule, idempotencyKey, selection }));
}

/** The plan of an active rule. Throws `failedPrecondition` where it is retired or no longer fits the schemas. */
export async function runnablePlan(world: RuleWorld, row: RuleRow): Promise<ConversionPlan> {
  requireActive(row.rule);
  return await savedPlan(world, row);
}

async function select(
  world: RuleWorld,
  plan: ConversionPlan,
  { filter, recordIds }: StartJobRequest,
): Promise<JobSelection> {
  if (filter !== undefined) {
    const { problems } = filteredPlan(plan, filter);
    if (problems.length > 0) throw invalidFilter(problems);
    return { filter };
  }
  if (recordIds === undefined) return {};
  const source = await world.open(plan.definition.source.dataSource);
  return { recordIds: await resolveRecordIds(source, plan, recordIds) };
}
