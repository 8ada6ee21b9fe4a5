import type { JsonValue } from "../../shared/json.js";

export interface LogActivityRequest {
  /** What happened, kebab-case past tense: `entity-converted`. */
  eventType: string;
  ruleId?: string;
  sourceRecordId?: string;
  targetRecordId?: string;
  /** The caller by default. */
  performedBy?: string;
  /** Now by default. */
  timestamp?: Date;
  details?: Record<string, JsonValue>;
  /** Identifies the entry: logging it a second time within 30 days has no effect. */
  eventId?: string;
}

export interface LogActivityResponse {
  /** False where an entry with the same `eventId` was there already. */
  logged: boolean;
}

/** One line of the audit log: what was done to one record, or to a rule, a job or a setting. */
export interface AuditEntry {
  /** Place of the entry in the tenant's chain, from 1. */
  id: string;
  /** `entity-converted`, `entity-unchanged`, `entity-skipped`, `conversion-failed`, `rule-created`, … */
  eventType: string;
  ruleId?: string;
  jobId?: string;
  sourceRecordId?: string;
  targetRecordId?: string;
  performedBy: string;
  timestamp: Date;
  details: Record<string, JsonValue>;
  /** The event that the entry was written for. */
  eventId: string;
  correlationId?: string;
  /** When the entry was appended. */
  recordedAt: Date;
  /** Hash of the entry before, in hex. */
  previousHash: string;
  /** SHA-256 over the hash before and what the entry says, in hex. */
  hash: string;
}

export interface AuditTrailRequest {
  /** Id of a source record or of a target record. */
  recordId: string;
  /** 1 to 500; 100 by default. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

export interface ListAuditEntriesRequest {
  ruleId?: string;
  jobId?: string;
  eventType?: string;
  performedBy?: string;
  /** Entries at this instant or later. */
  from?: Date;
  /** Entries before this instant. */
  to?: Date;
  /** Answers with the number of all entries that fit, too. */
  count?: boolean;
  /** 1 to 500; 100 by default. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

export interface AuditEntriesResponse {
  /** Newest first. */
  entries: AuditEntry[];
  /** Absent on the last page. */
  nextCursor?: string;
  /** Number of all entries that fit, where it was asked for. */
  total?: number;
}
