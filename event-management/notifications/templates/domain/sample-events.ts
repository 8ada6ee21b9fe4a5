import type { JsonValue } from "../../../../shared/json.js";

const ruleId = "0199f1a7-3c44-7d10-9a58-11f0b7de2c61";
const jobId = "0199f1a7-52b0-7a3e-8f1c-5a2d9be01744";
const rule = {
  ruleId,
  ruleVersion: 3,
  sourceEntity: "leads",
  targetEntity: "customers",
  conversionType: "automatic",
  performedBy: "system",
};
const counts = { converted: 4_812, unchanged: 160, skipped: 12, failed: 16 };

const samples: Record<string, Record<string, JsonValue>> = {
  "conversion-failed": {
    type: "conversion-failed",
    ...rule,
    sourceRecordId: "lead-4711",
    error: "No country has the code XX.",
    errorCode: "lookup_miss",
  },
  "entity-converted": {
    type: "entity-converted",
    ...rule,
    sourceRecordId: "lead-4711",
    targetRecordId: "customer-815",
    outcome: "converted",
    fieldMappings: { name: "Ada Lovelace", email: "ada@example.com" },
  },
  "records-converted": {
    type: "records-converted",
    ...rule,
    jobId,
    batch: 2,
    records: [{ sourceRecordId: "lead-1", targetRecordId: "customer-1", outcome: "converted" }],
  },
  "job-started": { type: "job-started", ...rule, jobId, totalRecords: 5_000 },
  "job-completed": { type: "job-finished", ...rule, jobId, outcome: "completed", ...counts },
  "job-finished": { type: "job-finished", ...rule, jobId, outcome: "completed", ...counts },
  "job-failed": {
    type: "job-finished",
    ...rule,
    jobId,
    outcome: "failed",
    ...counts,
    error: "The data source crm does not answer.",
  },
  "dead-letter": {
    type: "dead-lettered",
    service: "event-management",
    topic: "conversion-events",
    subscription: "process-conversion",
    reason: "handler-failed",
    attempts: 3,
    error: "The database does not answer.",
  },
  "webhook-disabled": {
    type: "webhook-disabled",
    webhookId: ruleId,
    url: "https://example.com/hooks",
    reason: "The receiver has failed for five days.",
  },
};

/** An event as it may look, to show a template with: fields of a known kind, else those that most events have. */
export function sampleEvent(eventType: string): Record<string, JsonValue> {
  if (Object.hasOwn(samples, eventType)) return samples[eventType]!;
  return { type: eventType, ruleId, name: "Leads to customers", ruleVersion: 3 };
}
