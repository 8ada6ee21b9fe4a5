import { randomUUID } from "node:crypto";
import { and, eq, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { APIError } from "encore.dev/api";
import type { JsonValue } from "../../../shared/json.js";
import { readForTenant, runForTenant } from "../../../shared/tenancy/one-message.js";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { executions, ruleRollouts, rules, ruleVersions } from "../../schema.js";
import { parseExactJson } from "../../sources/exact-json.js";
import { isRecordError, isSchemaError } from "../../sources/postgres-errors.js";
import type { ConversionReason, ExecuteConversionRequest, ExecuteConversionResponse } from "../types.js";
import type { Actor } from "./actor.js";
import { type Conversion, loadInto } from "./convert-batch.js";
import {
  findWritten,
  forgetExecution,
  type JournalEntry,
  noteExecution,
  tellInOrder,
} from "./execution-journal.js";
import { relatedConversions } from "./field-changes.js";
import { answerOf, executionIdOf, keepAnswer } from "./keyed-executions.js";
import type { LoadedRecord } from "./load-records.js";
import { forgetOpened, openForRecords, openSourcesAhead } from "./opened-rules.js";
import type { ConversionPlan } from "./plan.js";
import { liveWorld, type RuleWorld } from "./prepare-rule.js";
import { readRecords } from "./read-records.js";
import { sourceRecordNotFound } from "./reasons.js";
import { parseGivenId } from "./record-id.js";
import { goesByNewVersion } from "./rollout-rows.js";
import { brokenRule } from "./rule-problems.js";
import { findRule, type RuleRow, requireActive, requireIdempotencyKey, requireUuid } from "./rule-rows.js";
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
  const keyed = isKeyed(request) ? request : undefined;
  openSourcesAhead(world, { tenantId, ruleId: request.ruleId });
  const { versions, answer } = await findVersions(db, tenantId, request);
  if (answer) return answer;
  requireActive(versions.latest.rule);
  const executionId = keyed ? executionIdOf(tenantId, keyed.idempotencyKey) : randomUUID();
  const wanted = { actor, request, versions, executionId };
  const { execution, conversion, result } = await convert(db, world, wanted);
  if (result.outcome === "failed") {
    const reason = result.reason!;
    await tellFailure(db, execution, reason);
    throw failure(reason);
  }
  const { plan } = conversion;
  const response = toResponse(plan, result);
  const told = response.outcome === "skipped" ? [] : tellConverted(db, execution, response);
  const kept = keyed ? keepAnswer(db, tenantId, keyed, response) : [];
  const forgotten = forgetExecution(db, { tenantId, id: executionId });
  const tell = () => runForTenant(db, tenantId, [...told, ...kept, forgotten]);
  if (keyed) await tell();
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
  await runForTenant(db, tenantId, tellConverted(db, execution, response));
  return true;
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

/**
 * The versions that a record may go by, and the answer to an earlier execution with the same key. A rule that is not
 * there is told of first, whatever the key was used for.
 */
async function findVersions(
  db: Db,
  tenantId: string,
  request: ExecuteConversionRequest,
): Promise<{ versions: Versions; answer?: ExecuteConversionResponse }> {
  const { ruleId } = request;
  requireUuid(ruleId, "rule");
  const ofTenant = <T extends { tenantId: PgColumn }>(table: T) => eq(table.tenantId, tenantId);
  const latestVersion = sql`(select ${rules.latestVersion} from ${rules} where ${rules.id} = ${ruleId}::uuid)`;
  const versionIs = (version: PgColumn) => sql`${version} = ${latestVersion}`;
  const [[rule], [version], [rollout], [known]] = await readForTenant(db, tenantId, [
    { from: rules, where: and(ofTenant(rules), eq(rules.id, ruleId)) },
    {
      from: ruleVersions,
      where: and(ofTenant(ruleVersions), eq(ruleVersions.ruleId, ruleId), versionIs(ruleVersions.version)),
    },
    {
      from: ruleRollouts,
      where: and(ofTenant(ruleRollouts), eq(ruleRollouts.ruleId, ruleId), versionIs(ruleRollouts.newVersion)),
    },
    {
      from: executions,
      where: and(ofTenant(executions), eq(executions.idempotencyKey, request.idempotencyKey ?? "")),
    },
  ]);
  const latest: RuleRow =
    rule && version
      ? { rule, version }
      : await withTenant(db, tenantId, (tx) => findRule(tx, tenantId, ruleId));
  const answer = known && answerOf(known, request);
  // A version that came between two of the queries brings its rollout with it.
  if (rollout?.newVersion !== latest.version.version || rollout.state === "finished")
    return { versions: { latest }, answer };
  const old = await withTenant(db, tenantId, (tx) => findRule(tx, tenantId, ruleId, rollout.oldVersion));
  return { versions: { latest, rollout: { old, percent: rollout.percent } }, answer };
}

/** Converts the record; once more, by the live schemas, where tables are not any more as they were known to be. */
async function convert(
  db: Db,
  world: RuleWorld,
  wanted: { actor: Actor; request: ExecuteConversionRequest; versions: Versions; executionId: string },
): Promise<{ execution: Execution; conversion: Conversion; result: LoadedRecord }> {
  const { execution, conversion } = await openExecution(db, world, wanted);
  try {
    return { execution, conversion, result: await convertRecord(db, world, conversion, execution) };
  } catch (error) {
    if (!isSchemaError(error)) throw error;
    forgetOpened({ ...conversion.plan, tenantId: wanted.actor.tenantId });
  }
  const live = liveWorld(world);
  const opened = await openExecution(db, live, wanted);
  return { ...opened, result: await convertRecord(db, live, opened.conversion, opened.execution) };
}

/** Opens the version that the record goes by. A rule that no longer fits its schemas is told of as a failure. */
async function openExecution(
  db: Db,
  world: RuleWorld,
  {
    actor,
    request,
    versions,
    executionId,
  }: { actor: Actor; request: ExecuteConversionRequest; versions: Versions; executionId: string },
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
  { actor, request, executionId }: Execution,
): Promise<LoadedRecord> {
  const { plan, evaluator, open, target } = conversion;
  const entry = {
    ...{ id: executionId, tenantId: actor.tenantId, ruleId: plan.ruleId, ruleVersion: plan.ruleVersion },
    sourceRecordId: request.sourceRecordId,
    conversionType: request.type ?? "manual",
    performedBy: actor.userID,
  };
  const sameServer = target.kind === "workspace" && world.workspaceBeside === true;
  const noted = noteExecution(db, entry, { sameServer });
  // What became of it is asked below.
  noted.catch(() => {});
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
  await noted;
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
  const key = parseGivenId(recordId, plan.source.recordKey.length);
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
