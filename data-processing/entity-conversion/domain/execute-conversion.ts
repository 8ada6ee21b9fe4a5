import { APIError } from "encore.dev/api";
import { newEvent } from "../../../shared/events/envelope.js";
import { addToOutbox } from "../../../shared/events/outbox.js";
import type { ConversionEvent } from "../../../shared/events/types.js";
import type { JsonValue } from "../../../shared/json.js";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { parseExactJson } from "../../sources/exact-json.js";
import { isRecordError } from "../../sources/postgres-errors.js";
import type { ConversionReason, ExecuteConversionRequest, ExecuteConversionResponse } from "../types.js";
import type { Actor } from "./actor.js";
import { type Conversion, loadInto, openConversion } from "./convert-batch.js";
import { relatedConversions } from "./field-changes.js";
import type { LoadedRecord } from "./load-records.js";
import type { ConversionPlan } from "./plan.js";
import { prepareRule, type RuleWorld } from "./prepare-rule.js";
import { readRecords } from "./read-records.js";
import { sourceRecordNotFound } from "./reasons.js";
import { parseRecordId } from "./record-id.js";
import { brokenRule } from "./rule-problems.js";
import { findRule, type RuleRow, requireActive } from "./rule-rows.js";

/**
 * Converts one record by a rule's latest version, and tells of it as `entity-converted` or `conversion-failed`. A
 * record converted before with the same values answers `unchanged`. A record that fails is an error with the reason
 * in its details: `notFound` where the source has no such record, else `failedPrecondition`.
 */
export async function executeConversion(
  db: Db,
  world: RuleWorld,
  actor: Actor,
  request: ExecuteConversionRequest,
): Promise<ExecuteConversionResponse> {
  const found = await withTenant(db, actor.tenantId, (tx) => findRule(tx, actor.tenantId, request.ruleId));
  requireActive(found.rule);
  const execution: Execution = { actor, request, found };
  const { plan, problems } = await prepareRule(world, {
    ruleId: found.rule.id,
    ruleVersion: found.version.version,
    definition: found.version.definition,
  });
  if (!plan) {
    const error = brokenRule(problems);
    await tellFailure(db, execution, { code: "rule_broken", message: error.message });
    throw error;
  }
  const result = await convertRecord(
    await openConversion(plan, world.open, { executor: "streaming" }),
    execution,
  );
  if (result.outcome === "failed") {
    const reason = result.reason!;
    await tellFailure(db, execution, reason);
    throw failure(reason);
  }
  const values = result.after ? (parseExactJson(result.after) as Record<string, JsonValue>) : {};
  if (result.outcome !== "skipped") await tellConverted(db, execution, result, values);
  return {
    outcome: result.outcome,
    action: result.action,
    reason: result.reason,
    ruleId: plan.ruleId,
    ruleVersion: plan.ruleVersion,
    sourceRecordId: result.sourceRecordId,
    targetRecordId: result.targetRecordId,
    values,
    related: relatedConversions(plan, result),
    fallbacks: result.fallbacks,
  };
}

interface Execution {
  actor: Actor;
  request: ExecuteConversionRequest;
  found: RuleRow;
}

async function convertRecord(conversion: Conversion, { actor, request }: Execution): Promise<LoadedRecord> {
  const { plan, evaluator, open } = conversion;
  const [record] = await readSourceRecord(conversion, plan, request.sourceRecordId);
  if (!record) {
    return {
      key: [],
      sourceRecordId: request.sourceRecordId,
      outcome: "failed",
      action: "none",
      reason: sourceRecordNotFound(plan, request.sourceRecordId),
    };
  }
  const evaluated = await evaluator.evaluate([record], open);
  const [result] = await loadInto(conversion, evaluated, { tenantId: actor.tenantId, withValues: true });
  return result!;
}

/** The record with this id; none where the id cannot be one of the key's type. */
export async function readSourceRecord(
  { source }: Pick<Conversion, "source">,
  plan: ConversionPlan,
  recordId: string,
): Promise<Awaited<ReturnType<typeof readRecords>>> {
  const key = parseRecordId(recordId, plan.source.recordKey.length);
  try {
    return await readRecords(source, plan, { keys: [key] });
  } catch (error) {
    if (isRecordError(error)) return [];
    throw error;
  }
}

function failure(reason: ConversionReason): APIError {
  const make = reason.code === "source_record_not_found" ? APIError.notFound : APIError.failedPrecondition;
  return make(reason.message).withDetails({ reason: reason.code, path: reason.path ?? null });
}

function common({ actor, request, found }: Execution) {
  const { definition, version } = found.version;
  return {
    ruleId: found.rule.id,
    ruleVersion: version,
    sourceRecordId: request.sourceRecordId,
    sourceEntity: definition.source.entity,
    targetEntity: definition.target.entity,
    conversionType: request.type ?? "manual",
    performedBy: actor.userID,
  };
}

async function tellConverted(
  db: Db,
  execution: Execution,
  result: LoadedRecord,
  fieldMappings: Record<string, JsonValue>,
): Promise<void> {
  await tell(db, execution, {
    type: "entity-converted",
    ...common(execution),
    sourceRecordId: result.sourceRecordId,
    targetRecordId: result.targetRecordId ?? "",
    outcome: result.outcome === "unchanged" ? "unchanged" : "converted",
    fieldMappings,
  });
}

async function tellFailure(db: Db, execution: Execution, reason: ConversionReason): Promise<void> {
  await tell(db, execution, {
    type: "conversion-failed",
    ...common(execution),
    error: reason.message,
    errorCode: reason.code,
  });
}

async function tell(db: Db, { actor, request }: Execution, event: ConversionEvent["event"]): Promise<void> {
  const context = { tenantId: actor.tenantId, userId: actor.userID, orderedBy: request.sourceRecordId };
  await withTenant(db, actor.tenantId, (tx) =>
    addToOutbox(tx, "conversion-events", newEvent(event, context)),
  );
}
