import { APIError } from "encore.dev/api";
import type { JsonValue } from "../../../shared/json.js";
import type { Db } from "../../db.js";
import { parseExactJson } from "../../sources/exact-json.js";
import { isRecordError, postgresError } from "../../sources/postgres-errors.js";
import type { ConversionAction, PreviewConversionRequest, PreviewConversionResponse } from "../types.js";
import type { Actor } from "./actor.js";
import { compileRecordEvaluator } from "./evaluate-records.js";
import { fieldChanges, relatedPreviews } from "./field-changes.js";
import { hasLinks } from "./links.js";
import { type LoadedRecord, loadRecords } from "./load-records.js";
import type { ConversionPlan, SourceRecord } from "./plan.js";
import type { RuleWorld } from "./prepare-rule.js";
import { readDraftRecord, readRecordJson, readSourceRecord } from "./read-records.js";
import { choosePlan } from "./rule-plan.js";

/** What converting a record would do to the target, field by field. Nothing is written. */
export async function previewConversion(
  db: Db,
  world: RuleWorld,
  actor: Actor,
  request: PreviewConversionRequest,
): Promise<PreviewConversionResponse> {
  const plan = await choosePlan(db, world, actor.tenantId, request);
  const source = await world.open(plan.definition.source.dataSource);
  const target = await world.open(plan.definition.target.dataSource);
  const { record, json } = await previewRecord({ source, plan, request });
  const evaluated = await compileRecordEvaluator(plan).evaluate([record], world.open);
  const [result] = await target.begin(
    async (tx) =>
      await loadRecords(tx, plan, evaluated, {
        tenantId: actor.tenantId,
        withValues: true,
        dryRun: true,
        links: await hasLinks(tx),
      }),
    { readOnly: true },
  );
  return toPreview(plan, result!, json);
}

async function previewRecord(from: {
  source: Awaited<ReturnType<RuleWorld["open"]>>;
  plan: ConversionPlan;
  request: PreviewConversionRequest;
}): Promise<{ record: SourceRecord; json: Record<string, JsonValue> }> {
  const { source, plan, request } = from;
  if ((request.sourceRecordId === undefined) === (request.record === undefined)) {
    throw APIError.invalidArgument("Give either sourceRecordId or record.");
  }
  if (request.record) {
    const unknown = Object.keys(request.record).find((name) => !(name in plan.source.columns));
    if (unknown !== undefined) {
      throw APIError.invalidArgument(
        `record.${unknown}: "${plan.source.schema.entityType}" has no such field.`,
      ).withDetails({
        reason: "unknown_field",
      });
    }
    try {
      return { record: await readDraftRecord(source, plan, request.record), json: request.record };
    } catch (error) {
      if (!isRecordError(error)) throw error;
      throw APIError.invalidArgument(`record: ${postgresError(error)!.message}.`).withDetails({
        reason: "bad_record",
      });
    }
  }
  const recordId = request.sourceRecordId!;
  const [record] = await readSourceRecord({ source }, plan, recordId);
  const json = record && (await readRecordJson(source, plan, record.key));
  if (!record || json === undefined) {
    throw APIError.notFound(
      `"${plan.source.schema.entityType}" of "${source.name}" has no record "${recordId}".`,
    ).withDetails({
      reason: "source_record_not_found",
    });
  }
  return { record, json: parseExactJson(json) as Record<string, JsonValue> };
}

function toPreview(
  plan: ConversionPlan,
  result: LoadedRecord,
  sourceRecord: Record<string, JsonValue>,
): PreviewConversionResponse {
  const action: ConversionAction = result.outcome === "converted" ? result.action : "none";
  return {
    outcome: result.outcome,
    action,
    reason: result.reason,
    sourceRecord,
    targetRecordId: result.targetRecordId,
    fields: fieldChanges(plan, result),
    related: relatedPreviews(plan, result),
    fallbacks: result.fallbacks,
  };
}
