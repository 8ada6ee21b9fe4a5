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
  /** `timestamp`, with `-` before it for falling order; `-timestamp` by default. */
  sort?: string;
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
  /** `timestamp`, with `-` before it for falling order; `-timestamp` by default. */
  sort?: string;
  /** 1 to 500; 100 by default. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

export interface AuditEntriesResponse {
  /** Newest first, or as asked for. */
  entries: AuditEntry[];
  /** Absent on the last page. */
  nextCursor?: string;
  /** Number of all entries that fit, where it was asked for. */
  total?: number;
}

export interface VerifyAuditLogRequest {
  /** `nextCursor` of the part before; the chain's beginning by default. */
  cursor?: string;
  /** Entries followed at most, 1 to 500,000; 100,000 by default. */
  limit?: number;
}

/** A signed point of the tenant's chain. */
export interface SignedPoint {
  /** Number of the entry. */
  sequence: number;
  /** Its hash. */
  hash: string;
  /** When the entry was appended, ISO 8601. */
  recordedAt: string;
  /** Ed25519 over the canonical JSON of `purpose`, `tenantId`, `sequence`, `hash` and `recordedAt`, base64url. */
  signature: string;
  /** Which key signed. */
  keyId: string;
}

/** Something that an untouched audit log does not have. */
export interface AuditProblem {
  /**
   * - `edited`: an entry does not say what it said when it was written
   * - `removed`: entries within the log are missing
   * - `inserted`: an entry was not written by this system
   * - `reordered`: an entry is not in its place
   * - `cut-tail`: entries at the end are missing
   * - `rewritten`: entries were hashed anew, so that they only fit each other
   * - `signature-invalid`: the head, checkpoint or an anchor is not signed by a key of this system
   */
  kind: "edited" | "removed" | "inserted" | "reordered" | "cut-tail" | "rewritten" | "signature-invalid";
  /** The first entry that it is about. */
  sequence: number;
  /** The last one. */
  toSequence: number;
  message: string;
}

/** What following the tenant's chain of hashes has shown. */
export interface AuditVerification {
  /** Nothing was touched, as far as this part goes. */
  valid: boolean;
  /** The chain was followed to its end. */
  complete: boolean;
  /** Where the next part begins; absent once the end was reached. */
  nextCursor?: string;
  /** Entries whose hash and place are right. */
  verifiedEntries: number;
  firstSequence: number;
  /** The entry up to which the chain was followed. */
  lastSequence: number;
  /** The signed end of the chain; absent where nothing was written yet. */
  head?: SignedPoint;
  /** Up to where entries were removed because their time was over. */
  checkpoint?: SignedPoint;
  /** The newest point that is kept apart from the database. */
  newestAnchor?: SignedPoint;
  /** The first 100. */
  problems: AuditProblem[];
  problemCount: number;
}

/** A public key that audit logs are signed with: a JSON Web Key (RFC 8037). */
export interface AuditKey {
  kid: string;
  kty: "OKP";
  crv: "Ed25519";
  /** base64url */
  x: string;
}

export interface AuditKeysResponse {
  /** The key that signs now is the first; the others signed before. */
  keys: AuditKey[];
}

/** Which entries an export tells in full. */
export interface AuditExportFilters {
  eventType?: string;
  ruleId?: string;
  jobId?: string;
  performedBy?: string;
  /** Id of a source record or of a target record. */
  recordId?: string;
  /** Entries at this instant or later. */
  from?: Date;
  /** Entries before this instant. */
  to?: Date;
}

export interface ReadAuditExportRequest extends AuditExportFilters {
  /** `nextCursor` of the part before; the beginning by default. */
  cursor?: string;
}

export interface AuditExportPart {
  /** NDJSON. */
  lines: string;
  /** Absent on the last part. */
  nextCursor?: string;
}
