import { APIError } from "encore.dev/api";
import type { JsonValue } from "../../../shared/json.js";
import type { DiscoveredEntity } from "../../schema-discovery/domain/entity.js";
import { isRecordError, postgresError } from "../../sources/postgres-errors.js";
import type { EntityRef, EvaluateExpressionRequest, EvaluateExpressionResponse } from "../types.js";
import { Parameters } from "./column-sql.js";
import { recordFields } from "./compile-rule.js";
import { checkExpression } from "./expressions/check.js";
import { compileEvaluator } from "./expressions/evaluate.js";
import {
  type Expr,
  ExpressionError,
  NotTranslatableError,
  type RecordField,
  type Value,
} from "./expressions/expression.js";
import { isoText } from "./expressions/instants.js";
import { toSql } from "./expressions/to-sql.js";
import type { ConversionPlan } from "./plan.js";
import type { RuleWorld } from "./prepare-rule.js";
import { readDraftRecord, readRecords } from "./read-records.js";
import { parseRecordId } from "./record-id.js";
import { expressionProblem } from "./rule-problems.js";
import { triggerRecords } from "./trigger-condition.js";
import { fieldsOf } from "./used-fields.js";

/** Checks an expression and evaluates it on a record, if there is one. */
export async function evaluateExpression(
  world: RuleWorld,
  request: EvaluateExpressionRequest,
): Promise<EvaluateExpressionResponse> {
  const { expression } = request;
  const ref = request.entity && {
    dataSource: request.entity.dataSource ?? "workspace",
    entity: request.entity.entity,
  };
  const entity = ref && (await world.discover(ref));
  if (!entity && request.sourceRecordId !== undefined)
    throw APIError.invalidArgument("sourceRecordId: needs an entity to read from.");
  if (request.record && request.sourceRecordId !== undefined)
    throw APIError.invalidArgument("Give either sourceRecordId or record.");
  if (request.old && !request.trigger)
    throw APIError.invalidArgument("old: only the condition of a trigger knows it.");
  const fields = entity ? recordFields(entity) : inferFields({ ...request.old, ...request.record });
  let expr: Expr;
  try {
    expr = checkExpression(expression, fields, request.trigger ? triggerRecords(fields) : undefined);
  } catch (error) {
    return { valid: false, problem: expressionProblem("expression", expression, error) };
  }
  const checked = { valid: true, type: expr.type, translatable: isTranslatable(expr) };
  const row =
    ref && entity ? await readRow(world, { ref, entity, expr, fields, request }) : inferRow(fields, request);
  if (!row) return checked;
  try {
    return { ...checked, value: toJson(expr, compileEvaluator(expr)(row)) };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { ...checked, problem: { path: "expression", code: "expression_failed", message: error.message } };
  }
}

/** Whether a server with the Unicode collation could run it. */
function isTranslatable(expr: Expr): boolean {
  try {
    const params = new Parameters(true);
    toSql(expr, { unicodeCase: true, field: (index) => `c${index}`, text: (text) => params.text(text) });
    return true;
  } catch (error) {
    if (error instanceof NotTranslatableError) return false;
    throw error;
  }
}

/** The record as the live entity types it; undefined where none was asked for. */
async function readRow(
  world: RuleWorld,
  from: {
    ref: EntityRef;
    entity: DiscoveredEntity;
    expr: Expr;
    fields: RecordField[];
    request: EvaluateExpressionRequest;
  },
): Promise<readonly Value[] | undefined> {
  const { ref, entity, expr, fields, request } = from;
  const source = await world.open(ref.dataSource);
  const { length } = fields;
  const used = fieldsOf(expr);
  // Reading needs no more of a plan than its source and the expressions.
  const plan = {
    source: entity,
    fields,
    when: reading(used.map((index) => (index < 2 * length ? index % length : 0))),
    targets: [] as ConversionPlan["targets"],
    parts: [] as unknown as ConversionPlan["parts"],
  } as ConversionPlan;
  const draft = async (record: Record<string, JsonValue>): Promise<readonly Value[]> =>
    (await readDraftRecord(source, plan, record)).row as readonly Value[];
  let before: readonly Value[];
  try {
    before = request.old ? [...(await draft(request.old)), true] : [];
    if (request.record) return [...(await draft(request.record)), ...before];
  } catch (error) {
    if (!isRecordError(error)) throw error;
    throw APIError.invalidArgument(`record: ${postgresError(error)!.message}.`).withDetails({
      reason: "bad_record",
    });
  }
  if (request.sourceRecordId === undefined) return undefined;
  const key = parseRecordId(request.sourceRecordId, entity.recordKey.length);
  const [record] = await readRecords(source, plan, { keys: [key] }).catch((error: unknown) => {
    if (isRecordError(error)) return [];
    throw error;
  });
  if (record) return [...(record.row as readonly Value[]), ...before];
  throw APIError.notFound(`"${ref.entity}" has no record "${request.sourceRecordId}".`).withDetails({
    reason: "source_record_not_found",
  });
}

/** An expression that reads the fields at these places. */
function reading(places: readonly number[]): Expr {
  const args = places.map(
    (index): Expr => ({ op: "field", type: "string", index, at: { start: 0, end: 0 } }),
  );
  return { op: "coalesce", type: "string", args };
}

/** Fields as the values of a record suggest them: a number without a fraction is an int, anything nested its JSON text. */
function inferFields(record: Record<string, JsonValue>): RecordField[] {
  return Object.entries(record).map(([name, value]) => {
    if (typeof value === "boolean") return { name, type: "bool" };
    if (typeof value === "number") return { name, type: Number.isSafeInteger(value) ? "int" : "double" };
    return { name, type: "string" };
  });
}

function inferRow(fields: readonly RecordField[], request: EvaluateExpressionRequest): Value[] {
  const values = (record: Record<string, JsonValue>) =>
    fields.map(({ name }) => inferValue(record[name] ?? null));
  return [...values(request.record ?? {}), ...(request.old ? [...values(request.old), true] : [])];
}

function inferValue(value: JsonValue): Value {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  return JSON.stringify(value);
}

function toJson(expr: Expr, value: Value): JsonValue {
  if (typeof value !== "bigint") return value;
  if (expr.type === "timestamp") return isoText(value);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}
