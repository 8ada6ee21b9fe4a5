import type { JsonValue } from "../../json.js";
import type { Envelope } from "./envelope.js";

/** Something that is to stand in the audit log, told by the service where it happened. */
export interface AuditRecorded {
  type: "audit-recorded";
  /** What was done, kebab-case past tense: `data-source-created`. */
  action: string;
  performedBy: string;
  ruleId?: string;
  sourceRecordId?: string;
  targetRecordId?: string;
  details: Record<string, JsonValue>;
}

/** Topic `audit-events`. */
export interface AuditEvent extends Envelope {
  event: AuditRecorded;
}
