import type { JsonValue } from "../../json.js";
import type { Envelope } from "./envelope.js";

/** Whether a person or a trigger started the conversion. */
export type ConversionType = "manual" | "automatic";

/** A rule was written down, in its first version. */
export interface RuleCreated {
  type: "rule-created";
  ruleId: string;
  ruleVersion: number;
  name: string;
  sourceEntity: string;
  targetEntity: string;
  /** `active` where it is absent. */
  state?: "draft" | "active";
  createdBy: string;
}

/** A rule got a new version; earlier versions stay as they were. */
export interface RuleUpdated {
  type: "rule-updated";
  ruleId: string;
  ruleVersion: number;
  name: string;
  sourceEntity: string;
  targetEntity: string;
  updatedBy: string;
}

/** A draft was put to use, or a retired rule was again. */
export interface RuleActivated {
  type: "rule-activated";
  ruleId: string;
  ruleVersion: number;
  name: string;
  sourceEntity: string;
  targetEntity: string;
  activatedBy: string;
}

/** A rule was taken out of use. */
export interface RuleRetired {
  type: "rule-retired";
  ruleId: string;
  ruleVersion: number;
  retiredBy: string;
}

/** A version of a rule takes over from an earlier one gradually; its share has changed, or that has ended. */
export interface RolloutChanged {
  type: "rollout-changed";
  ruleId: string;
  /** The version that takes over. */
  ruleVersion: number;
  oldVersion: number;
  /** Records of a hundred that go by the new version. */
  percent: number;
  state: "running" | "finished" | "aborted";
  changedBy: string;
}

/** What of a rule no longer fits the schemas of its entities. */
export interface DriftProblem {
  /** Path in the rule's definition, e.g. `mappings[2].column`. */
  path: string;
  /** Stable reason, e.g. `unknown_field`. */
  code: string;
  message: string;
}

/** The schema of an entity has changed so that the rule no longer fits it. */
export interface RuleDrifted {
  type: "rule-drifted";
  ruleId: string;
  ruleVersion: number;
  name: string;
  sourceEntity: string;
  targetEntity: string;
  problems: DriftProblem[];
}

/** A rule that had drifted fits the schemas of its entities again. */
export interface RuleMended {
  type: "rule-mended";
  ruleId: string;
  ruleVersion: number;
  name: string;
  sourceEntity: string;
  targetEntity: string;
}

/** How changes of a data source are noticed for automatic rules has changed. */
export interface TriggerCaptureChanged {
  type: "trigger-capture-changed";
  dataSource: string;
  /** `created` and `removed`: a replication slot and its publication. `started` and `stopped`: by an operator. */
  change: "created" | "removed" | "started" | "stopped";
  slot?: string;
  publication?: string;
  /** Why. */
  message?: string;
  changedBy: string;
}

/** What notices changes of a data source for automatic rules needs a person's attention. */
export interface TriggerCaptureWarned {
  type: "trigger-capture-warned";
  dataSource: string;
  /**
   * `wal_retained`: the slot keeps more of the write-ahead log than it should. `capture_failing`: changes cannot be read.
   * `changes_lost`: the slot is gone, and with it the changes that were not read.
   */
  reason: "wal_retained" | "capture_failing" | "changes_lost";
  slot?: string;
  message: string;
}

/** One record was converted by a single execution. */
export interface EntityConverted {
  type: "entity-converted";
  ruleId: string;
  ruleVersion: number;
  sourceRecordId: string;
  targetRecordId: string;
  sourceEntity: string;
  targetEntity: string;
  conversionType: ConversionType;
  performedBy: string;
  /** `unchanged`: the target already held these values. */
  outcome: "converted" | "unchanged";
  /** Target field → the value written. */
  fieldMappings: Record<string, JsonValue>;
}

/** One record could not be converted by a single execution. */
export interface ConversionFailed {
  type: "conversion-failed";
  ruleId: string;
  ruleVersion: number;
  sourceRecordId: string;
  sourceEntity: string;
  targetEntity: string;
  conversionType: ConversionType;
  performedBy: string;
  error: string;
  /** Stable snake_case reason, e.g. `lookup_miss`. */
  errorCode: string;
}

/** What became of one record of a batch. */
export interface ConvertedRecord {
  sourceRecordId: string;
  /** Absent where nothing was written. */
  targetRecordId?: string;
  outcome: "converted" | "unchanged" | "skipped" | "failed";
  errorCode?: string;
  error?: string;
}

/** One batch of a job: up to 500 records. */
export interface RecordsConverted {
  type: "records-converted";
  jobId: string;
  /** Number of the batch in its job, from 1. */
  batch: number;
  ruleId: string;
  ruleVersion: number;
  sourceEntity: string;
  targetEntity: string;
  conversionType: ConversionType;
  performedBy: string;
  records: ConvertedRecord[];
}

/** What became of one record whose conversion was to be undone. */
export interface UndoneRecord {
  sourceRecordId: string;
  targetRecordId?: string;
  /** `refused`: a later change would have been lost. */
  outcome: "undone" | "refused" | "failed";
  errorCode?: string;
  error?: string;
}

/** Conversions were taken back: of one record, or a batch of a job of up to 500 records. */
export interface ConversionUndone {
  type: "conversion-undone";
  ruleId: string;
  sourceEntity: string;
  targetEntity: string;
  performedBy: string;
  /** Later changes were given up. */
  forced: boolean;
  /** The job that undoes, and the one that is undone. */
  jobId?: string;
  undoneJobId?: string;
  records: UndoneRecord[];
}

/** A job began to convert the records of its source. */
export interface JobStarted {
  type: "job-started";
  /** `undo` for a job that takes back what another one did. */
  kind?: "convert" | "undo" | "shadow";
  jobId: string;
  ruleId: string;
  ruleVersion: number;
  sourceEntity: string;
  targetEntity: string;
  conversionType: ConversionType;
  performedBy: string;
  /** Records in the source when the job started; absent where unknown. */
  totalRecords?: number;
}

/** A job is over. */
export interface JobFinished {
  type: "job-finished";
  /** `undo` for a job that takes back what another one did: `converted` are the records that it restored. */
  kind?: "convert" | "undo" | "shadow";
  jobId: string;
  ruleId: string;
  ruleVersion: number;
  sourceEntity: string;
  targetEntity: string;
  conversionType: ConversionType;
  performedBy: string;
  outcome: "completed" | "failed" | "cancelled";
  converted: number;
  unchanged: number;
  skipped: number;
  failed: number;
  /** Why the job as a whole failed. */
  error?: string;
}

/** Topic `conversion-events`: rules, conversions and jobs. */
export interface ConversionEvent extends Envelope {
  event:
    | RuleCreated
    | RuleUpdated
    | RuleActivated
    | RuleRetired
    | RuleDrifted
    | RuleMended
    | TriggerCaptureChanged
    | TriggerCaptureWarned
    | RolloutChanged
    | EntityConverted
    | ConversionFailed
    | RecordsConverted
    | ConversionUndone
    | JobStarted
    | JobFinished;
}
