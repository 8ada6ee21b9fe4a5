import { APIError } from "encore.dev/api";
import type { Db } from "../../../db.js";
import type { ShadowRule } from "../../types.js";
import type { Actor } from "../actor.js";
import { filteredPlan } from "../job-selection.js";
import type { LoadedRecord } from "../load-records.js";
import type { ConversionPlan, EvaluatedRecord } from "../plan.js";
import { completeDefinition, type RuleWorld } from "../prepare-rule.js";
import { choosePlan, draftRuleId } from "../rule-plan.js";
import { invalidFilter } from "../rule-problems.js";
import { tryRecords } from "../try-records.js";

/** One side of a comparison, ready to be tried. */
export interface ShadowSide {
  /** Under an identity that no record has a link of. */
  plan: ConversionPlan;
  /** The side as it is kept: with the version that is compared, or the whole definition. */
  rule: ShadowRule;
}

/** Both sides of a comparison. */
export interface ShadowSides {
  old: ShadowSide;
  new: ShadowSide;
}

/**
 * Compiles both sides against the live schemas. Throws `invalidArgument` where they read different entities or the
 * filter does not fit, with the path of what is wrong.
 */
export async function openSides(
  from: { db: Db; world: RuleWorld; actor: Actor },
  request: { old: ShadowRule; new: ShadowRule; filter?: string },
): Promise<ShadowSides> {
  const old = await openSide(from, "old", request.old);
  const next = await openSide(from, "new", request.new);
  const [before, now] = [old.plan.definition.source, next.plan.definition.source];
  if (before.dataSource !== now.dataSource || before.entity !== now.entity) {
    throw APIError.invalidArgument(
      `new: reads "${now.entity}" of "${now.dataSource}", and the old one "${before.entity}" of "${before.dataSource}": they have no records in common.`,
    ).withDetails({ reason: "source_changed", path: "new" });
  }
  return { old: { ...old, plan: filtered(old.plan, request.filter) }, new: next };
}

async function openSide(
  { db, world, actor }: { db: Db; world: RuleWorld; actor: Actor },
  side: "old" | "new",
  rule: ShadowRule,
): Promise<ShadowSide> {
  try {
    const plan = await choosePlan(db, world, actor.tenantId, rule);
    const kept = rule.draft
      ? { draft: completeDefinition(rule.draft) }
      : { ruleId: plan.ruleId, version: plan.ruleVersion };
    return { plan: { ...plan, ruleId: draftRuleId }, rule: kept };
  } catch (error) {
    if (!(error instanceof APIError)) throw error;
    const details = { ...error.details, path: side };
    throw new APIError(error.code, `${side}: ${error.message}`).withDetails(details);
  }
}

function filtered(plan: ConversionPlan, filter: string | undefined): ConversionPlan {
  if (filter === undefined) return plan;
  const made = filteredPlan(plan, filter);
  if (!made.plan) throw invalidFilter(made.problems);
  return made.plan;
}

/** What one side makes of records, by their ids. Nothing of it stays. */
export async function trySide(
  world: RuleWorld,
  actor: Actor,
  { plan }: ShadowSide,
  evaluated: readonly EvaluatedRecord[],
): Promise<Map<string, LoadedRecord>> {
  const results = await tryRecords(world, plan, evaluated, actor);
  return new Map(results.map((result) => [result.sourceRecordId, result]));
}
