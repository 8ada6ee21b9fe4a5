import { APIError } from "encore.dev/api";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import type { RuleDefinitionInput } from "../types.js";
import { filteredPlan } from "./job-selection.js";
import type { ConversionPlan } from "./plan.js";
import { completeDefinition, prepareRule, type RuleWorld } from "./prepare-rule.js";
import { brokenRule, invalidFilter, invalidRule } from "./rule-problems.js";
import { findRule, type RuleRow } from "./rule-rows.js";

/** Stands for the id of a rule that is not saved: no link has it. */
export const draftRuleId = "00000000-0000-0000-0000-000000000000";

/** Which rule is meant: a saved one, at a version or its latest, or a definition that is not saved. */
export interface RuleChoice {
  ruleId?: string;
  version?: number;
  draft?: RuleDefinitionInput;
}

/** The plan of a rule, saved or not, whatever its state. Throws `invalidArgument` where not exactly one is given. */
export async function choosePlan(
  db: Db,
  world: RuleWorld,
  tenantId: string,
  choice: RuleChoice,
): Promise<ConversionPlan> {
  if ((choice.ruleId === undefined) === (choice.draft === undefined)) {
    throw APIError.invalidArgument("Give either ruleId or draft.").withDetails({ reason: "bad_rule_choice" });
  }
  if (choice.draft) {
    const definition = completeDefinition(choice.draft);
    const { plan, problems } = await prepareRule(world, { ruleId: draftRuleId, ruleVersion: 0, definition });
    if (!plan) throw invalidRule(problems);
    return plan;
  }
  return await savedPlan(
    world,
    await withTenant(db, tenantId, (tx) => findRule(tx, tenantId, choice.ruleId!, choice.version)),
  );
}

/** The plan of a version of a saved rule. Throws `failedPrecondition` where it no longer fits the schemas. */
export async function savedPlan(world: RuleWorld, { rule, version }: RuleRow): Promise<ConversionPlan> {
  const { plan, problems } = await prepareRule(world, {
    ruleId: rule.id,
    ruleVersion: version.version,
    definition: version.definition,
  });
  if (!plan) throw brokenRule(problems);
  return plan;
}

/** As `choosePlan`, with the condition of a job. Throws `invalidArgument` where it does not fit the source. */
export async function chooseFilteredPlan(
  db: Db,
  world: RuleWorld,
  tenantId: string,
  choice: RuleChoice & { filter?: string },
): Promise<ConversionPlan> {
  const plan = await choosePlan(db, world, tenantId, choice);
  if (choice.filter === undefined) return plan;
  const filtered = filteredPlan(plan, choice.filter);
  if (!filtered.plan) throw invalidFilter(filtered.problems);
  return filtered.plan;
}
