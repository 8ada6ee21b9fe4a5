import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import type { JsonValue } from "../../../shared/json.js";

/** What the first row of a chain follows on. */
export const genesisHash = "0".repeat(64);

/** What a row of the audit log says: all that its hash covers beside the hash of the row before. */
export interface AuditContent {
  tenantId: string;
  recordedAt: Date;
  eventType: string;
  ruleId?: string | null;
  jobId?: string | null;
  sourceRecordId?: string | null;
  targetRecordId?: string | null;
  performedBy: string;
  timestamp: Date;
  details: Record<string, JsonValue | undefined>;
  eventId: string;
  /** Place of the row among the rows of its event, from 0. */
  position: number;
  correlationId?: string | null;
}

/** The members of a row's content as they are hashed and exported. What is absent is left out. */
export interface AuditDocument {
  tenantId: string;
  /** ISO 8601 with milliseconds, UTC; so is `timestamp`. */
  recordedAt: string;
  eventType: string;
  ruleId?: string;
  jobId?: string;
  sourceRecordId?: string;
  targetRecordId?: string;
  performedBy: string;
  timestamp: string;
  details: Record<string, JsonValue>;
  eventId: string;
  position: number;
  correlationId?: string;
}

/** A row's content as a JSON document. */
export function documentOf(content: AuditContent): AuditDocument {
  return {
    tenantId: content.tenantId,
    recordedAt: content.recordedAt.toISOString(),
    eventType: content.eventType,
    ruleId: content.ruleId ?? undefined,
    jobId: content.jobId ?? undefined,
    sourceRecordId: content.sourceRecordId ?? undefined,
    targetRecordId: content.targetRecordId ?? undefined,
    performedBy: content.performedBy,
    timestamp: content.timestamp.toISOString(),
    details: content.details as Record<string, JsonValue>,
    eventId: content.eventId,
    position: content.position,
    correlationId: content.correlationId ?? undefined,
  };
}

/** SHA-256 over the canonical JSON (RFC 8785) of a row's content, in hex. */
export function contentHashOf(document: AuditDocument): string {
  return sha256(canonicalJson(document));
}

/** Hash of a row: SHA-256 over the two hashes in hex, one after the other, the row before first. */
export function chainHash(previousHash: string, contentHash: string): string {
  return sha256(previousHash + contentHash);
}

/** JSON with sorted members and one way to write each value (RFC 8785). */
export function canonicalJson(value: object): string {
  const text = canonicalize(value);
  if (text === undefined) throw new Error("Nothing to write as JSON.");
  return text;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
