import { versionsOf } from "../../../shared/events/catalogue/event-catalogue.js";
import { UnknownEventError } from "../../../shared/events/failures.js";
import type { TopicName } from "../../../shared/events/topics.js";
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

const typeByOutcome: Record<ConvertedRecord["outcome"], string> = {
  converted: "entity-converted",
  unchanged: "entity-unchanged",
  skipped: "entity-skipped",
  failed: "conversion-failed",
};

/** The audit rows of a conversion event: one for each record that it tells of, or one. */
export function auditRowsOf(message: ConversionEvent): AuditRows {
  requireKnown("conversion-events", message);
  const { event } = message;
  switch (event.type) {
    case "entity-converted": {
      const { type: _, ruleId, performedBy, sourceRecordId, targetRecordId, ...details } = event;
      const row = { eventType: typeByOutcome[event.outcome], sourceRecordId, targetRecordId, details };
      return { ...shared(message, performedBy), ruleId, rows: [row] };
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
      return { ...shared(message, message.userId), ...rowOf(event) };
  }
}

/** What a row takes from an event whose type asks for nothing else; all other fields are its details. */
interface EventFields {
  type: string;
  ruleId?: string;
  jobId?: string;
  sourceRecordId?: string;
  targetRecordId?: string;
  performedBy?: string;
}

function rowOf(event: EventFields): Partial<AuditRows> & Pick<AuditRows, "rows"> {
  const { type, ruleId, jobId, sourceRecordId, targetRecordId, performedBy, ...details } = event;
  return {
    ...(performedBy === undefined ? {} : { performedBy }),
    ruleId,
    jobId,
    rows: [{ eventType: type, sourceRecordId, targetRecordId, details }],
  };
}

function requireKnown(topic: TopicName, message: Envelope): void {
  const { type, version = 1 } = message;
  if (!versionsOf(topic, type).some((known) => known.version === version))
    throw new UnknownEventError(message);
}

/** The audit row that a service asked for with `audit-recorded`. */
export function auditRowsOfReport(message: AuditEvent): AuditRows {
  requireKnown("audit-events", message);
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
