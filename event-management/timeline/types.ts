import type { JsonValue } from "../../shared/json.js";

/** What an event says of one record beside the event itself. */
export interface TimelineDetails {
  /** `converted`, `unchanged`, `skipped` or `failed`, where the event tells of a conversion. */
  outcome?: string;
  ruleId?: string;
  jobId?: string;
  /** Target field → value written. */
  fieldMappings?: JsonValue;
  errorCode?: string;
  error?: string;
  /** What the audit log calls it, where it keeps an entry. */
  auditType?: string;
  notificationId?: string;
  title?: string;
}
