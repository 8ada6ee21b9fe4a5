import { setTimeout as wait } from "node:timers/promises";
import type {
  ConversionJob,
  ExecuteConversionResponse,
  ListRulesResponse,
  PreviewConversionResponse,
  Rule,
} from "../../data-processing/entity-conversion/types.ts";
import type { EntitySchema, SuggestMappingResponse } from "../../data-processing/schema-discovery/types.ts";
import type { AuditEntriesResponse } from "../../event-management/audit/types.ts";
import type { Api } from "./api.ts";
import { auditedRecords } from "./audited.ts";
import { count, heading, line, progressBar, table } from "./report.ts";
import { rule, ruleName } from "./rule.ts";

/** The record that is previewed, executed and followed through the audit log. */
const sampleCity = "2";

/** Discovers both entities and prints what Axion suggests. */
export async function suggestMapping(api: Api): Promise<void> {
  heading("Discovered entities");
  for (const entity of ["cities", "locations"]) {
    const schema = await api.get<EntitySchema>(`/api/v1/schema/analyze/${entity}`);
    line(`${entity}: ${schema.fields.map((field) => `${field.name} ${field.dataType}`).join(", ")}`);
  }
  heading("Suggested mapping city → location");
  const suggested = await api.post<SuggestMappingResponse>("/api/v1/schema/suggest-mapping", {
    sourceEntity: "cities",
    targetEntity: "locations",
  });
  table(
    suggested.suggestions.map((each) => [
      each.targetField,
      "←",
      each.expression ?? each.sourceField ?? "(nothing fits)",
      each.score.toFixed(2),
    ]),
  );
}

/** The demo's rule: the one of an earlier run, or a new one. */
export async function ensureRule(api: Api): Promise<Rule> {
  heading("Rule");
  const found = await api.get<ListRulesResponse>(
    `/api/v1/conversion/rules?state=active&search=${encodeURIComponent(ruleName)}`,
  );
  const existing = found.rules.find((each) => each.definition.name === ruleName);
  const saved = existing ?? (await api.post<Rule>("/api/v1/conversion/rules", { definition: rule }));
  line(
    `${saved.definition.name}, version ${saved.version}, ${existing ? "from an earlier run" : "new"}: ${saved.id}`,
  );
  line(`when ${saved.definition.when}`);
  table(
    saved.definition.mappings.map((each) => [
      each.target,
      "←",
      each.column ??
        each.expression ??
        `${each.lookup?.entity}.${each.lookup?.valueColumn} by ${each.lookup?.equals}`,
    ]),
  );
  return saved;
}

/** Shows what converting one record would change. */
export async function previewOne(api: Api, ruleId: string): Promise<void> {
  heading(`Preview of city ${sampleCity}`);
  const preview = await api.post<PreviewConversionResponse>("/api/v1/conversion/preview", {
    ruleId,
    sourceRecordId: sampleCity,
  });
  line(`${preview.outcome}, ${preview.action}`);
  table(
    preview.fields.map((each) => [each.field, JSON.stringify(each.before), "→", JSON.stringify(each.after)]),
  );
}

/** Converts that record for real. */
export async function convertOne(api: Api, ruleId: string): Promise<ExecuteConversionResponse> {
  heading(`City ${sampleCity} converted`);
  const result = await api.post<ExecuteConversionResponse>("/api/v1/conversion/execute", {
    ruleId,
    sourceRecordId: sampleCity,
  });
  line(`${result.outcome}: location ${result.targetRecordId}`);
  return result;
}

interface JobSummary {
  converted: number;
  unchanged: number;
  skipped: number;
  failed: number;
  seconds: number;
  recordsPerSecond: number;
  auditEntries: number;
  auditSeconds: number;
}

/** Converts all cities as a job and waits until the audit log tells of each. */
export async function convertAll(api: Api, ruleId: string): Promise<JobSummary> {
  heading("All cities");
  let job = await api.post<ConversionJob>("/api/v1/conversion/jobs", { ruleId });
  const progress = progressBar("converting");
  while (job.state === "queued" || job.state === "running") {
    await wait(100);
    job = await api.get<ConversionJob>(`/api/v1/conversion/jobs/${job.id}`);
    if (job.total)
      progress(
        job.processed,
        job.total,
        job.recordsPerSecond ? `${count(Math.round(job.recordsPerSecond))}/s` : "",
      );
  }
  if (job.state !== "completed")
    throw new Error(`the job ended as ${job.state}: ${job.error ?? "no reason given"}`);
  const seconds = (Date.parse(String(job.finishedAt)) - Date.parse(String(job.startedAt))) / 1000;
  const recordsPerSecond = Math.round(job.processed / Math.max(seconds, 0.001));
  line(
    `${count(job.converted)} converted, ${count(job.unchanged)} unchanged, ${count(job.skipped)} skipped, ${count(job.failed)} failed` +
      ` in ${seconds.toFixed(1)} s (${count(recordsPerSecond)}/s)`,
  );
  for (const reason of job.skipReasons)
    line(`skipped ${count(reason.count)}: ${reason.code}, ${reason.example}`);
  for (const reason of job.failureReasons)
    line(`failed ${count(reason.count)}: ${reason.code}, ${reason.example}`);
  const audit = await untilAudited(api, job);
  return {
    converted: job.converted,
    unchanged: job.unchanged,
    skipped: job.skipped,
    failed: job.failed,
    seconds,
    recordsPerSecond,
    ...audit,
  };
}

/** Waits for the job's records. Those left unchanged are not told of: nothing happened to them. */
async function untilAudited(
  api: Api,
  job: ConversionJob,
): Promise<{ auditEntries: number; auditSeconds: number }> {
  const began = performance.now();
  const expected = job.processed - job.unchanged;
  const progress = progressBar("audited");
  for (;;) {
    const audited = await auditedRecords(api, { jobId: job.id });
    progress(audited, expected);
    const seconds = (performance.now() - began) / 1000;
    if (audited >= expected) {
      const auditEntries = await auditedRecords(api, { ruleId: job.ruleId });
      return { auditEntries, auditSeconds: Number(seconds.toFixed(2)) };
    }
    if (seconds > 120)
      throw new Error(`after two minutes, ${audited} of ${expected} records are in the audit log`);
    await wait(200);
  }
}

/** Prints what the audit log knows of one record. */
export async function showAuditTrail(api: Api, recordId: string): Promise<void> {
  heading(`Audit trail of record ${recordId}`);
  const trail = await api.get<AuditEntriesResponse>(`/api/v1/audit/trail/${recordId}`);
  table(
    trail.entries.map((each) => [
      String(each.timestamp),
      each.eventType,
      `${each.sourceRecordId ?? "-"} → ${each.targetRecordId ?? "-"}`,
      `by ${each.performedBy}`,
    ]),
  );
}
