import { APIError } from "encore.dev/api";
import type {
  EvaluateExpressionRequest,
  EvaluateExpressionResponse,
  ExecuteConversionRequest,
  ExecuteConversionResponse,
  ListRulesRequest,
  ListRulesResponse,
  Rule,
} from "../../../data-processing/entity-conversion/types.js";
import type { CheckTriggersRequest, TriggeredRule } from "../types.js";

/** What the check needs of data-processing. */
export interface Conversion {
  listRules(request: ListRulesRequest): Promise<ListRulesResponse>;
  evaluateExpression(request: EvaluateExpressionRequest): Promise<EvaluateExpressionResponse>;
  executeConversion(request: ExecuteConversionRequest): Promise<ExecuteConversionResponse>;
}

const builtInSource = "workspace";
const mostRules = 200;

/**
 * Runs every active automatic rule of the record's entity whose condition holds. A rule that fails is told in the
 * answer and keeps no other rule from running.
 */
export async function checkTriggers(
  conversion: Conversion,
  request: CheckTriggersRequest,
): Promise<TriggeredRule[]> {
  const { entityType, dataSource = builtInSource, recordId } = request;
  const { rules, nextCursor } = await conversion.listRules({
    state: "active",
    triggerMode: "automatic",
    sourceEntity: entityType,
    limit: mostRules,
  });
  if (nextCursor !== undefined) {
    throw APIError.resourceExhausted(
      `The entity "${entityType}" has more than ${mostRules} automatic rules.`,
    );
  }
  const triggered: TriggeredRule[] = [];
  for (const rule of rules) {
    if (rule.definition.source.dataSource === dataSource)
      triggered.push(await run(conversion, rule, recordId));
  }
  return triggered;
}

async function run(conversion: Conversion, rule: Rule, sourceRecordId: string): Promise<TriggeredRule> {
  const base = { ruleId: rule.id, ruleVersion: rule.version };
  try {
    if (!(await conditionHolds(conversion, rule, sourceRecordId)))
      return { ...base, outcome: "condition-not-met" };
    const executed = await conversion.executeConversion({
      ruleId: rule.id,
      sourceRecordId,
      type: "automatic",
    });
    const { outcome, targetRecordId, reason } = executed;
    return { ...base, outcome, targetRecordId, reason: reason?.message };
  } catch (error) {
    if (!(error instanceof APIError)) throw error;
    return { ...base, outcome: "failed", reason: error.message };
  }
}

async function conditionHolds(conversion: Conversion, rule: Rule, sourceRecordId: string): Promise<boolean> {
  const expression = rule.definition.trigger.condition;
  if (expression === undefined) return true;
  const entity = rule.definition.source;
  const { valid, value, problem } = await conversion.evaluateExpression({
    expression,
    entity,
    sourceRecordId,
  });
  if (!valid)
    throw APIError.failedPrecondition(`The trigger's condition: ${problem?.message ?? "not valid"}`);
  return value === true;
}
