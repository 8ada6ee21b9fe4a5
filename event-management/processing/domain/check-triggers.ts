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
  if (request.operation === "insert" && request.old)
    throw APIError.invalidArgument("old: a record that was inserted was nothing before.");
  const operation = request.old ? "update" : request.operation;
  const triggered: TriggeredRule[] = [];
  for (const rule of rules) {
    const { source, trigger } = rule.definition;
    if (source.dataSource !== dataSource) continue;
    if (operation && trigger.operations && !trigger.operations.includes(operation)) continue;
    triggered.push(await run(conversion, rule, { sourceRecordId: recordId, old: request.old }));
  }
  return triggered;
}

type ChangedRecord = Required<Pick<EvaluateExpressionRequest, "sourceRecordId">> &
  Pick<EvaluateExpressionRequest, "old">;

async function run(conversion: Conversion, rule: Rule, changed: ChangedRecord): Promise<TriggeredRule> {
  const base = { ruleId: rule.id, ruleVersion: rule.version };
  const { sourceRecordId } = changed;
  try {
    if (!(await conditionHolds(conversion, rule, changed))) return { ...base, outcome: "condition-not-met" };
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

async function conditionHolds(conversion: Conversion, rule: Rule, changed: ChangedRecord): Promise<boolean> {
  const expression = rule.definition.trigger.condition;
  if (expression === undefined) return true;
  const entity = rule.definition.source;
  const { valid, value, problem } = await conversion.evaluateExpression({
    expression,
    entity,
    trigger: true,
    ...changed,
  });
  if (!valid)
    throw APIError.failedPrecondition(`The trigger's condition: ${problem?.message ?? "not valid"}`);
  return value === true;
}
