import { UnknownEventError } from "../../../shared/events/failures.js";
import type {
  AuditEvent,
  ConversionEvent,
  ConvertedRecord,
  Envelope,
  RecordsConverted,
} from "../../../shared/events/types.js";
import type { JsonValue } from "../../../shared/json.js";

/** What differs from row to row of one event. */
export interface AuditRow {
  eventType: string;
  sourceRecordId?: string;
  targetRecordId?: string;
  details: Record<string, JsonValue | undefined>;
  /** Place of the row among the rows of its event, from 0; its place in the list by default. */
  position?: number;
}

/** The audit rows of one event: what they share, and each of them. */
export interface AuditRows {
  tenantId: string;
  eventId: string;
  correlationId?: string;
  timestamp: Date;
  performedBy: string;
  ruleId?: string;
  jobId?: string;
  rows: AuditRow[];
}

/** Versions of the conversion events that this consumer knows. */
const knownVersion = 1;

const typeByOutcome: Record<ConvertedRecord["outcome"], string> = {
  converted: "entity-converted",
  unchanged: "entity-unchanged",
  skipped: "entity-skipped",
  failed: "conversion-failed",
};

/** The audit rows of a conversion event: one for each record that it tells of. */
export function auditRowsOf(message: ConversionEvent): AuditRows {
  if ((message.version ?? 1) > knownVersion) throw new UnknownEventError(message);
  const { event } = message;
  switch (event.type) {
    case "rule-created":
    case "rule-updated":
    case "rule-activated":
    case "rule-retired":
    case "rollout-changed": {
      const { type, ruleId, ...details } = event;
      return { ...shared(message, message.userId), ruleId, rows: [{ eventType: type, details }] };
    }
    case "entity-converted": {
      const { type: _, ruleId, performedBy, sourceRecordId, targetRecordId, ...details } = event;
      const row = { eventType: typeByOutcome[event.outcome], sourceRecordId, targetRecordId, details };
      return { ...shared(message, performedBy), ruleId, rows: [row] };
    }
    case "conversion-failed": {
      const { type, ruleId, performedBy, sourceRecordId, ...details } = event;
      return {
        ...shared(message, performedBy),
        ruleId,
        rows: [{ eventType: type, sourceRecordId, details }],
      };
    }
    case "job-started":
    case "job-finished": {
      const { type, ruleId, jobId, performedBy, ...details } = event;
      return { ...shared(message, performedBy), ruleId, jobId, rows: [{ eventType: type, details }] };
    }
    case "records-converted": {
      const rows = event.records.map((record) => recordRow(event, record));
      return { ...shared(message, event.performedBy), ruleId: event.ruleId, jobId: event.jobId, rows };
    }
    case "conversion-undone": {
      const { records, ruleId, jobId, performedBy, type: _, ...facts } = event;
      const rows = records.map(({ sourceRecordId, targetRecordId, outcome, errorCode, error }): AuditRow => {
        const eventType = outcome === "undone" ? "conversion-undone" : "undo-refused";
        return { eventType, sourceRecordId, targetRecordId, details: { ...facts, errorCode, error } };
      });
      return { ...shared(message, performedBy), ruleId, jobId, rows };
    }
    default:
      throw new UnknownEventError(message);
  }
}

/** The audit row that a service asked for with `audit-recorded`. */
export function auditRowsOfReport(message: AuditEvent): AuditRows {
  if (message.event.type !== "audit-recorded" || (message.version ?? 1) > knownVersion) {
    throw new UnknownEventError(message);
  }
  const { action, performedBy, ruleId, sourceRecordId, targetRecordId, details } = message.event;
  const row = { eventType: action, sourceRecordId, targetRecordId, details };
  return { ...shared(message, performedBy), ruleId, rows: [row] };
}

function shared(message: Envelope, performedBy: string) {
  return {
    tenantId: message.tenantId,
    eventId: message.eventId,
    correlationId: message.correlationId,
    timestamp: new Date(message.time),
    performedBy,
  };
}

function recordRow(event: RecordsConverted, record: ConvertedRecord): AuditRow {
  return {
    eventType: typeByOutcome[record.outcome],
    sourceRecordId: record.sourceRecordId,
    targetRecordId: record.targetRecordId,
    details: {
      sourceEntity: event.sourceEntity,
      targetEntity: event.targetEntity,
      conversionType: event.conversionType,
      ruleVersion: event.ruleVersion,
      batch: event.batch,
      errorCode: record.errorCode,
      error: record.error,
    },
  };
}
