import { randomUUID } from "node:crypto";
import { APIError } from "encore.dev/api";
import type { JsonValue } from "../../../shared/json.js";
import { runForTenant } from "../../../shared/tenancy/one-message.js";
import type { Db } from "../../db.js";
import { parseExactJson } from "../../sources/exact-json.js";
import { isSchemaError } from "../../sources/postgres-errors.js";
import type { ConversionReason, ExecuteConversionRequest, ExecuteConversionResponse } from "../types.js";
import type { Actor } from "./actor.js";
import { type Conversion, loadInto } from "./convert-batch.js";
import {
  type Ahead,
  beginAhead,
  endAhead,
  RuleChanged,
  recordOf,
  requireUnchanged,
} from "./execution-ahead.js";
import {
  findWritten,
  forgetExecution,
  type JournalEntry,
  noteExecution,
  tellInOrder,
} from "./execution-journal.js";
import { relatedConversions } from "./field-changes.js";
import { executionIdOf, keepAnswer } from "./keyed-executions.js";
import type { LoadedRecord } from "./load-records.js";
import { forgetOpened, openForRecords, openSourcesAhead } from "./opened-rules.js";
import type { ConversionPlan } from "./plan.js";
import { liveWorld, type RuleWorld } from "./prepare-rule.js";
import { readSourceRecord } from "./read-records.js";
import { sourceRecordNotFound } from "./reasons.js";
import { goesByNewVersion } from "./rollout-rows.js";
import { brokenRule } from "./rule-problems.js";
import { type RuleRow, requireActive, requireIdempotencyKey } from "./rule-rows.js";
import { findVersions, forgetRule, knownRule, type Versions } from "./rule-versions.js";
import { type Execution, tellConverted, tellFailure } from "./tell-execution.js";
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
  openSourcesAhead(world, { tenantId, ruleId: request.ruleId });
  if (!isKeyed(request)) {
    const response = await executeAhead(db, world, actor, request);
    if (response) return response;
  }
  const { versions, answer } = await findVersions(db, tenantId, request);
  if (answer) return answer;
  requireActive(versions.latest.rule);
  const executionId = isKeyed(request) ? executionIdOf(tenantId, request.idempotencyKey) : randomUUID();
  return await execute(db, world, { actor, request, versions, executionId });
}

/** Executes by the rule as it was known before. Undefined, with nothing done, where it was not, or has changed. */
async function executeAhead(
  db: Db,
  world: RuleWorld,
  actor: Actor,
  request: ExecuteConversionRequest,
): Promise<ExecuteConversionResponse | undefined> {
  const known = knownRule(actor.tenantId, request.ruleId);
  if (!known) return undefined;
  const executionId = randomUUID();
  const entry = entryOf(
    { actor, request, executionId },
    { ruleId: known.rule.id, ruleVersion: known.version.version },
  );
  const ahead = beginAhead(db, world, { entry, known });
  try {
    return await execute(db, world, { actor, request, versions: { latest: known }, executionId, ahead });
  } catch (error) {
    // Whatever else was found is of no account where the rule is another.
    const changed = error instanceof RuleChanged || (await ahead.noted.catch(() => true)) === false;
    if (!changed) throw error;
    forgetRule(actor.tenantId, request.ruleId);
    return undefined;
  }
}

/** What is to be executed. */
interface Wanted {
  actor: Actor;
  request: ExecuteConversionRequest;
  versions: Versions;
  executionId: string;
  /** Where the versions are those of an earlier execution. */
  ahead?: Ahead;
}

/** Converts the record and tells of it. Throws `RuleChanged` where the versions do not hold any more. */
async function execute(db: Db, world: RuleWorld, wanted: Wanted): Promise<ExecuteConversionResponse> {
  const { actor, request, executionId } = wanted;
  const { tenantId } = actor;
  const { execution, conversion, result } = await convert(db, world, wanted);
  if (result.outcome === "failed") {
    const reason = result.reason!;
    await tellFailure(db, execution, reason);
    throw failure(reason);
  }
  const { plan } = conversion;
  const response = toResponse(plan, result);
  const told = response.outcome === "skipped" ? [] : tellConverted(execution, response);
  const kept = isKeyed(request) ? keepAnswer(db, tenantId, request, response) : [];
  const forgotten = forgetExecution(db, { tenantId, id: executionId });
  const tell = () => runForTenant(db, tenantId, [...told, ...kept, forgotten]);
  if (isKeyed(request)) await tell();
  else await tellInOrder(`${plan.ruleId}/${response.sourceRecordId}`, tell);
  return response;
}

function toResponse(plan: ConversionPlan, result: LoadedRecord): ExecuteConversionResponse {
  return {
    outcome: result.outcome as ExecuteConversionResponse["outcome"],
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
}

/**
 * Tells of an execution that had written its record when its process ended: it is done again, which finds what is
 * written, and answers as it would have. False, with nothing done, where it had written nothing.
 */
export async function finishExecution(
  db: Db,
  world: RuleWorld,
  { entry, found }: { entry: JournalEntry; found: RuleRow },
): Promise<boolean> {
  const { tenantId, id: executionId, sourceRecordId, performedBy } = entry;
  const request: ExecuteConversionRequest = {
    ruleId: entry.ruleId,
    sourceRecordId,
    type: entry.conversionType as ExecuteConversionRequest["type"],
  };
  const execution: Execution = { actor: { tenantId, userID: performedBy }, request, found, executionId };
  const { rule, version } = found;
  const wanted = { tenantId, ruleId: rule.id, ruleVersion: version.version, definition: version.definition };
  const opened = await openForRecords(world, wanted, writeBackJournal(db, tenantId));
  if (!("conversion" in opened)) throw brokenRule(opened.problems);
  const { conversion } = opened;
  const { plan } = conversion;
  const [record] = await readSourceRecord(conversion, plan, sourceRecordId);
  const id = record?.sourceRecordId ?? sourceRecordId;
  const targetRecordId = await findWritten(conversion, { ...entry, sourceRecordId: id });
  if (targetRecordId === undefined) return false;
  const result = await convertRecord(db, world, conversion, execution);
  // What has become of the source since then does not unmake what was written.
  const response: ExecuteConversionResponse =
    result.outcome === "converted"
      ? toResponse(plan, result)
      : {
          ...toResponse(plan, {
            key: [],
            sourceRecordId: id,
            targetRecordId,
            outcome: "converted",
            action: "update",
          }),
        };
  await runForTenant(db, tenantId, tellConverted(execution, response));
  return true;
}

function isKeyed(
  request: ExecuteConversionRequest,
): request is ExecuteConversionRequest & { idempotencyKey: string } {
  return request.idempotencyKey !== undefined;
}

/** Converts the record; once more, by the live schemas, where tables are not any more as they were known to be. */
async function convert(
  db: Db,
  world: RuleWorld,
  wanted: Wanted,
): Promise<{ execution: Execution; conversion: Conversion; result: LoadedRecord }> {
  const { ahead } = wanted;
  const { execution, conversion } = await openExecution(db, world, wanted).catch(async (error) => {
    if (ahead) await endAhead(db, ahead);
    throw error;
  });
  try {
    return { execution, conversion, result: await convertRecord(db, world, conversion, execution, ahead) };
  } catch (error) {
    if (!isSchemaError(error)) throw error;
    forgetOpened({ ...conversion.plan, tenantId: wanted.actor.tenantId });
  }
  const live = liveWorld(world);
  const opened = await openExecution(db, live, wanted);
  return { ...opened, result: await convertRecord(db, live, opened.conversion, opened.execution, ahead) };
}

/** Opens the version that the record goes by. A rule that no longer fits its schemas is told of as a failure. */
async function openExecution(
  db: Db,
  world: RuleWorld,
  { actor, request, versions, executionId, ahead }: Wanted,
): Promise<{ execution: Execution; conversion: Conversion }> {
  const { tenantId } = actor;
  const open = async (found: RuleRow) => {
    const execution: Execution = { actor, request, found, executionId };
    const { rule, version } = found;
    const wanted = {
      tenantId,
      ruleId: rule.id,
      ruleVersion: version.version,
      definition: version.definition,
    };
    const journal = writeBackJournal(db, tenantId);
    const known = await openForRecords(world, wanted, journal);
    // What does not fit the schemas as they are known may fit those that there are now.
    const opened = "conversion" in known ? known : await openForRecords(liveWorld(world), wanted, journal);
    if ("conversion" in opened) return { execution, conversion: opened.conversion };
    if (ahead) await requireUnchanged(ahead);
    const error = brokenRule(opened.problems);
    await tellFailure(db, execution, { code: "rule_broken", message: error.message });
    throw error;
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
  db: Db,
  world: RuleWorld,
  conversion: Conversion,
  execution: Execution,
  ahead?: Ahead,
): Promise<LoadedRecord> {
  const { plan, evaluator, open, target } = conversion;
  const { actor, request, executionId } = execution;
  const sameServer = target.kind === "workspace" && world.workspaceBeside === true;
  const noted = ahead ? requireUnchanged(ahead) : noteExecution(db, entryOf(execution, plan), { sameServer });
  // What became of it is asked below.
  noted.catch(() => {});
  const record = await recordOf(conversion, request.sourceRecordId, ahead);
  const evaluated = record && (await evaluator.evaluate([record], open));
  await noted;
  if (!evaluated) {
    return {
      key: [],
      sourceRecordId: request.sourceRecordId,
      outcome: "failed",
      action: "none",
      reason: sourceRecordNotFound(plan, request.sourceRecordId),
    };
  }
  const context = { tenantId: actor.tenantId, jobId: executionId, withValues: true };
  const [result] = await loadInto(conversion, evaluated, context);
  return result!;
}

function entryOf(
  { actor, request, executionId }: Pick<Execution, "actor" | "request" | "executionId">,
  { ruleId, ruleVersion }: Pick<JournalEntry, "ruleId" | "ruleVersion">,
): JournalEntry {
  return {
    ...{ id: executionId, tenantId: actor.tenantId, ruleId, ruleVersion },
    sourceRecordId: request.sourceRecordId,
    conversionType: request.type ?? "manual",
    performedBy: actor.userID,
  };
}

function failure(reason: ConversionReason): APIError {
  const make = reason.code === "source_record_not_found" ? APIError.notFound : APIError.failedPrecondition;
  return make(reason.message).withDetails({ reason: reason.code, path: reason.path ?? null });
}
