import type { JsonValue } from "../../shared/json.js";

export interface GetRuleStatisticsRequest {
  ruleId: string;
}

/** What became of the records that a rule was run on, over all time. */
export interface RuleStatistics {
  ruleId: string;
  converted: number;
  /** The target already held these values. */
  unchanged: number;
  /** The rule's condition was not met, or a lookup said so. */
  skipped: number;
  failed: number;
  /** Absent where the rule was never run. */
  lastActivityAt?: Date;
}

export interface CheckTriggersRequest {
  /** Entity that the record belongs to, as rules name it. */
  entityType: string;
  /** Data source of the entity; the built-in workspace by default. */
  dataSource?: string;
  /** The record that was made or changed. */
  recordId: string;
  /** What happened to it: only rules that ask for it are looked at. `update` where `old` is given; any by default. */
  operation?: "insert" | "update";
  /** What an updated record was before, for conditions that name `old`: field → value. */
  old?: Record<string, JsonValue>;
}

/** What one automatic rule did with the record. */
export interface TriggeredRule {
  ruleId: string;
  ruleVersion: number;
  outcome: "converted" | "unchanged" | "skipped" | "failed" | "condition-not-met";
  targetRecordId?: string;
  /** Why it was skipped or failed. */
  reason?: string;
}

export interface CheckTriggersResponse {
  /** False where the tenant has switched automatic conversion off: no rule was looked at. */
  automaticConversion: boolean;
  /** The automatic rules of the entity. */
  rules: TriggeredRule[];
}
