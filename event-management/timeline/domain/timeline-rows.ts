import type { AuditEvent, ConversionEvent, Envelope } from "../../../shared/events/types.js";
import type { JsonValue } from "../../../shared/json.js";
import { auditRowsOf, auditRowsOfReport } from "../../audit/domain/audit-rows.js";
import { type JsonObject, recordMentions, textOf } from "../../event-store/domain/record-mentions.js";
import type { TimelineDetails } from "../types.js";

/** One row of the read model, without tenant and position. */
export interface TimelineRow {
  ordinal: number;
  sourceEntity?: string;
  sourceRecordId?: string;
  targetEntity?: string;
  targetRecordId?: string;
  details: TimelineDetails;
}

/** What the rows of an event follow from, and nothing else: so that making them again makes the same. */
export interface TimelineSource {
  topic: string;
  type: string;
  version: number;
  tenantId: string;
  userId: string;
  time: Date | string;
  body: JsonValue;
}

/** The rows of the read model that follow from an event: one for each record that it tells of. */
export function timelineRowsOf(event: TimelineSource): TimelineRow[] {
  const auditTypes = auditTypesOf(event);
  return [...recordMentions(event.body)].map(({ fields, ...records }, ordinal) => {
    const auditType = auditTypes.get(pairOf(records));
    return {
      ordinal,
      ...records,
      details: { ...detailsOf(event.type, fields), ...(auditType && { auditType }) },
    };
  });
}

function detailsOf(type: string, fields: JsonObject): TimelineDetails {
  const { outcome, ruleId, jobId, fieldMappings, errorCode, error, notificationId, title } = fields;
  const texts = { ruleId, jobId, errorCode, error, notificationId, title };
  const told = Object.entries(texts).filter(([, value]) => textOf(value) !== undefined);
  const became = textOf(outcome) ?? (type === "conversion-failed" ? "failed" : undefined);
  return {
    ...(Object.fromEntries(told) as TimelineDetails),
    ...(became !== undefined && { outcome: became }),
    ...(fieldMappings !== undefined && { fieldMappings }),
  };
}

/** Pair of source and target → type of the audit entry that the audit log has of them. */
function auditTypesOf(event: TimelineSource): Map<string, string> {
  const { topic, body, time, ...rest } = event;
  const message = { ...rest, time: new Date(time).toISOString(), event: body };
  try {
    const { rows } =
      topic === "conversion-events"
        ? auditRowsOf(message as unknown as ConversionEvent)
        : topic === "audit-events"
          ? auditRowsOfReport(message as unknown as AuditEvent)
          : { rows: [] };
    return new Map(rows.map((row) => [pairOf(row), row.eventType]));
  } catch {
    // What the audit log cannot make an entry of is among its dead letters, and has no audit entry here.
    return new Map();
  }
}

function pairOf(row: { sourceRecordId?: string; targetRecordId?: string }): string {
  return JSON.stringify([row.sourceRecordId ?? null, row.targetRecordId ?? null]);
}

/** A delivered event as the source of its rows. */
export function timelineSourceOf(topic: string, event: Envelope, body: JsonValue): TimelineSource {
  const { type, version = 1, tenantId, userId, time } = event;
  return { topic, type, version, tenantId, userId, time, body };
}
