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
import { executionIdOf, findAnswer, keepAnswer } from "./keyed-executions.js";
import type { LoadedRecord } from "./load-records.js";
import type { ConversionPlan } from "./plan.js";
import { prepareRule, type RuleWorld } from "./prepare-rule.js";
import { readRecords } from "./read-records.js";
import { sourceRecordNotFound } from "./reasons.js";
import { parseRecordId } from "./record-id.js";
import { findRollout, goesByNewVersion } from "./rollout-rows.js";
import { brokenRule } from "./rule-problems.js";
import { findRule, type RuleRow, requireActive, requireIdempotencyKey } from "./rule-rows.js";
import { writeBackJournal } from "./write-back-journal.js";

/**
 * Converts one record by a rule's latest version, or by the one before where a rollout says so, and tells of it as
 * `entity-converted` or `conversion-failed`. A record converted before with the same values answers `unchanged`; a
 * known idempotency key is answered as the first time. A record that fails is an error with the reason in its
 * details: `notFound` where the source has no such record, else `failedPrecondition`.
 */
export async function executeConversion(
  db: Db,
  world: RuleWorld,
  actor: Actor,
  request: ExecuteConversionRequest,
): Promise<ExecuteConversionResponse> {
  const { tenantId } = actor;
  requireIdempotencyKey(request.idempotencyKey);
  const keyed = isKeyed(request) ? request : undefined;
  const { answer, versions } = await withTenant(db, tenantId, async (tx) => {
    // A rule that is not there is told of first, whatever the key was used for.
    if (keyed) await findRule(tx, tenantId, keyed.ruleId);
    const answer = keyed && (await findAnswer(tx, tenantId, keyed));
    return { answer, versions: answer ? undefined : await findVersions(tx, tenantId, request.ruleId) };
  });
  if (answer) return answer;
  const { execution, conversion } = await openExecution(db, world, { actor, request, versions: versions! });
  const result = await convertRecord(conversion, execution);
  if (result.outcome === "failed") {
    const reason = result.reason!;
    await tellFailure(db, execution, reason);
    throw failure(reason);
  }
  const { plan } = conversion;
  const response: ExecuteConversionResponse = {
    outcome: result.outcome,
    action: result.action,
    reason: result.reason,
    ruleId: plan.ruleId,
    ruleVersion: plan.ruleVersion,
    sourceRecordId: result.sourceRecordId,
    targetRecordId: result.targetRecordId,
    values: result.after ? (parseExactJson(result.after) as Record<string, JsonValue>) : {},
    related: relatedConversions(plan, result),
    fallbacks: result.fallbacks,
  };
  await withTenant(db, tenantId, async (tx) => {
    if (response.outcome !== "skipped") await tellConverted(tx, execution, response);
    if (keyed) await keepAnswer(tx, tenantId, keyed, response);
  });
  return response;
}

interface Execution {
  actor: Actor;
  request: ExecuteConversionRequest;
  found: RuleRow;
  /** Known again where the same key comes once more. */
  executionId?: string;
}

function isKeyed(
  request: ExecuteConversionRequest,
): request is ExecuteConversionRequest & { idempotencyKey: string } {
  return request.idempotencyKey !== undefined;
}

interface Versions {
  latest: RuleRow;
  /** The version that the latest one takes over from, and its share. */
  rollout?: { old: RuleRow; percent: number };
}

async function findVersions(tx: Db, tenantId: string, ruleId: string): Promise<Versions> {
  const latest = await findRule(tx, tenantId, ruleId);
  requireActive(latest.rule);
  const rollout = await findRollout(tx, tenantId, { ruleId, newVersion: latest.version.version });
  if (!rollout || rollout.state === "finished") return { latest };
  const old = await findRule(tx, tenantId, ruleId, rollout.oldVersion);
  return { latest, rollout: { old, percent: rollout.percent } };
}

/** Opens the version that the record goes by. A rule that no longer fits its schemas is told of as a failure. */
async function openExecution(
  db: Db,
  world: RuleWorld,
  { actor, request, versions }: { actor: Actor; request: ExecuteConversionRequest; versions: Versions },
): Promise<{ execution: Execution; conversion: Conversion }> {
  const { tenantId } = actor;
  const { idempotencyKey } = request;
  const executionId = idempotencyKey === undefined ? undefined : executionIdOf(tenantId, idempotencyKey);
  const open = async (found: RuleRow) => {
    const execution: Execution = { actor, request, found, executionId };
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
    return {
      execution,
      conversion: await openConversion(plan, world.open, {
        executor: "streaming",
        journal: writeBackJournal(db, actor.tenantId),
      }),
    };
  };
  const latest = await open(versions.latest);
  if (!versions.rollout) return latest;
  const { plan } = latest.conversion;
  // The share goes by the id that the source gives the record, which may be written in several ways.
  const [record] = await readSourceRecord(latest.conversion, plan, request.sourceRecordId);
  const recordId = record?.sourceRecordId ?? request.sourceRecordId;
  const { old, percent } = versions.rollout;
  return goesByNewVersion(plan.ruleId, recordId, percent) ? latest : await open(old);
}

async function convertRecord(
  conversion: Conversion,
  { actor, request, executionId }: Execution,
): Promise<LoadedRecord> {
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
  const context = { tenantId: actor.tenantId, jobId: executionId, withValues: true };
  const [result] = await loadInto(conversion, evaluated, context);
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
  tx: Db,
  execution: Execution,
  { outcome, sourceRecordId, targetRecordId, values }: ExecuteConversionResponse,
): Promise<void> {
  await tell(tx, execution, {
    type: "entity-converted",
    ...common(execution),
    sourceRecordId,
    targetRecordId: targetRecordId ?? "",
    outcome: outcome === "unchanged" ? "unchanged" : "converted",
    fieldMappings: values,
  });
}

async function tellFailure(db: Db, execution: Execution, reason: ConversionReason): Promise<void> {
  await withTenant(db, execution.actor.tenantId, (tx) =>
    tell(tx, execution, {
      type: "conversion-failed",
      ...common(execution),
      error: reason.message,
      errorCode: reason.code,
    }),
  );
}

async function tell(
  tx: Db,
  { actor, request, executionId }: Execution,
  event: ConversionEvent["event"],
): Promise<void> {
  const context = { tenantId: actor.tenantId, userId: actor.userID, orderedBy: request.sourceRecordId };
  const made = newEvent(event, context);
  // Told once where a crash makes the same key come again.
  const eventId = event.type === "entity-converted" ? (executionId ?? made.eventId) : made.eventId;
  await addToOutbox(tx, "conversion-events", { ...made, eventId });
}
