import { APIError } from "encore.dev/api";
import { recordFields } from "../../entity-conversion/domain/compile-rule.js";
import { compileEvaluator, type Evaluator } from "../../entity-conversion/domain/expressions/evaluate.js";
import { ExpressionError } from "../../entity-conversion/domain/expressions/expression.js";
import type { RuleWorld } from "../../entity-conversion/domain/prepare-rule.js";
import { ProblemList } from "../../entity-conversion/domain/rule-problems.js";
import { checkTrigger, readsOld } from "../../entity-conversion/domain/trigger-condition.js";
import { fieldsOf } from "../../entity-conversion/domain/used-fields.js";
import type { DiscoveredEntity } from "../../schema-discovery/domain/entity.js";
import type { AutomaticRule } from "./active-rules.js";
import { type NotedChange, type ReadChange, readChanges } from "./read-changes.js";

/** Rules in a row that one change may lead to. */
const longestChain = 16;

/** A rule that a change concerns, and what is to be done. */
export interface Match {
  rule: AutomaticRule;
  change: ReadChange;
  verdict: "run" | "failed" | "stopped";
  reason?: string;
  message?: string;
}

/** Changes of one entity, and the rules on it. */
export interface EntityChanges {
  dataSource: string;
  entity: string;
  rules: readonly AutomaticRule[];
  changes: readonly NotedChange[];
  /** The values before an update are not known. */
  withoutOld?: boolean;
}

interface Trigger {
  rule: AutomaticRule;
  condition?: Evaluator;
  places: number[];
  problem?: { reason: string; message: string };
}

/**
 * Which rules the changes start, in the order of the changes. A rule's own writes do not start it; where a rule has led to
 * the change by way of others, or too many have, it is stopped as a loop. A condition that fails on a change fails for that
 * rule alone.
 */
export async function matchChanges(world: RuleWorld, given: EntityChanges): Promise<Match[]> {
  const { dataSource, entity: name, changes } = given;
  const entity = await discover(world, { dataSource, entity: name });
  if (entity instanceof APIError) {
    // Without its entity nothing can be told of the records, and no rule on it can run.
    const change = changes.at(-1)!;
    const unknown = { ...change, recordId: "", row: [] };
    const about = { verdict: "failed" as const, reason: "rule_broken", message: entity.message };
    return given.rules.map((rule) => ({ rule, change: unknown, ...about }));
  }
  const triggers = given.rules.map((rule) => prepare(rule, entity, given.withoutOld ?? false));
  const places = [...new Set(triggers.flatMap((trigger) => trigger.places))];
  const read = await readChanges(await world.open(dataSource), entity, changes, places);
  return read.flatMap((change) => triggers.flatMap((trigger) => match(trigger, change) ?? []));
}

async function discover(
  world: RuleWorld,
  ref: { dataSource: string; entity: string },
): Promise<DiscoveredEntity | APIError> {
  try {
    return await world.discover(ref);
  } catch (error) {
    if (error instanceof APIError && (error.code === "not_found" || error.code === "invalid_argument"))
      return error;
    throw error;
  }
}

function prepare(rule: AutomaticRule, entity: DiscoveredEntity, withoutOld: boolean): Trigger {
  const list = new ProblemList();
  const fields = recordFields(entity);
  const expr = checkTrigger(list, rule.definition.trigger, fields);
  const [problem] = list.problems;
  if (problem)
    return {
      rule,
      places: [],
      problem: { reason: "rule_broken", message: `${problem.path}: ${problem.message}` },
    };
  if (expr === undefined) return { rule, places: [] };
  if (withoutOld && readsOld(expr, fields)) return { rule, places: [], problem: oldUnknown };
  return { rule, places: fieldsOf(expr), condition: compileEvaluator(expr) };
}

/** Why a condition that names `old` cannot be decided where the data source is polled. */
const oldUnknown = {
  reason: "old_values_unknown",
  message:
    "trigger.condition: it names `old`, and the data source is polled, which does not tell what records were before.",
};

function match(trigger: Trigger, change: ReadChange): Match | undefined {
  const { rule, problem } = trigger;
  const { operations } = rule.definition.trigger;
  if (operations && !operations.includes(change.operation)) return undefined;
  if (change.chain.at(-1) === rule.id) return undefined;
  const failed = (reason: string, message: string): Match => ({
    rule,
    change,
    verdict: "failed",
    reason,
    message,
  });
  if (problem) return failed(problem.reason, problem.message);
  if (change.unreadable !== undefined)
    return failed("change_unreadable", `The change's values no longer fit the entity: ${change.unreadable}.`);
  try {
    if (trigger.condition && trigger.condition(change.row) !== true) return undefined;
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return failed("expression_failed", `trigger.condition: ${error.message}`);
  }
  const loop = loopOf(change.chain, rule.id);
  return loop === undefined
    ? { rule, change, verdict: "run" }
    : { rule, change, verdict: "stopped", reason: "trigger_loop", message: loop };
}

/** Why the rule would close a loop, undefined where it does not. */
function loopOf(chain: readonly string[], ruleId: string): string | undefined {
  const at = chain.indexOf(ruleId);
  if (at >= 0) {
    const path = [...chain.slice(at), ruleId].join(" → ");
    return `The change comes from the rule itself, by way of others: ${path}. It is not run again.`;
  }
  return chain.length >= longestChain
    ? `${chain.length} rules in a row have led to the change, which is the most: ${chain.join(" → ")}.`
    : undefined;
}
