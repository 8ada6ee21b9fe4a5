import type { JsonValue } from "../../shared/json.js";

/** An entity of a data source. */
export interface EntityRef {
  /** Data source; `workspace` is the built-in one, and the default in requests. */
  dataSource: string;
  /** Table or view, named as schema discovery names it. */
  entity: string;
}

export interface EntityRefInput {
  dataSource?: string;
  entity: string;
}

/** What happens to a target record that is there already. `fill-empty` writes only null fields and empty texts. */
export type MergePolicy = "overwrite" | "fill-empty" | "keep";

/** What a lookup without a match does: the field becomes null, the record fails or is skipped, `default` is used. */
export type LookupMissPolicy = "null" | "fail" | "skip" | "default";

/** A value read from another entity: the `valueColumn` of the record whose `matchColumn` equals `equals`. */
export interface LookupMapping {
  /** Data source of `entity`; that of the rule's source by default. */
  dataSource?: string;
  entity: string;
  /** A column of `entity` that is unique by itself. */
  matchColumn: string;
  /** Expression on `record`. */
  equals: string;
  valueColumn: string;
  /** `fail` by default. */
  onMiss?: LookupMissPolicy;
  /** Value for `onMiss: "default"`. */
  default?: JsonValue;
}

/** Where the value of one target field comes from. Exactly one of column, constant, expression and lookup is given. */
export interface FieldMapping {
  /** Target field. */
  target: string;
  /** Source field, copied as it is. */
  column?: string;
  constant?: JsonValue;
  /** CEL expression on `record`. */
  expression?: string;
  lookup?: LookupMapping;
  /** What a failing expression or lookup of this field does; `fail` is the only policy yet. */
  onError?: "fail";
}

export interface RuleTrigger {
  mode: "manual" | "automatic";
  /** For automatic rules: expression on `record` that must hold for a changed record to be converted. */
  condition?: string;
}

/** What a rule does: everything that a version holds. */
export interface RuleDefinition {
  name: string;
  description?: string;
  source: EntityRef;
  target: EntityRef;
  /** Target fields that identify a target record: exactly those of one of its primary or unique keys. */
  naturalKey: string[];
  mergePolicy: MergePolicy;
  /** Only records for which this expression is true are converted. */
  when?: string;
  mappings: FieldMapping[];
  trigger: RuleTrigger;
}

export interface RuleDefinitionInput {
  name: string;
  description?: string;
  source: EntityRefInput;
  target: EntityRefInput;
  naturalKey: string[];
  /** `overwrite` by default. */
  mergePolicy?: MergePolicy;
  when?: string;
  mappings: FieldMapping[];
  /** `manual` by default. */
  trigger?: RuleTrigger;
}

export type RuleState = "active" | "retired";

/** A conversion rule at one of its versions. */
export interface Rule {
  id: string;
  /** This version, from 1. A version never changes. */
  version: number;
  latestVersion: number;
  state: RuleState;
  definition: RuleDefinition;
  createdBy: string;
  createdAt: Date;
  /** Who made this version, and when. */
  versionCreatedBy: string;
  versionCreatedAt: Date;
}

/** One thing that is wrong with a rule. All of them come at once, in the error's details. */
export interface RuleProblem {
  /** Path in the definition, e.g. `mappings[2].expression`. */
  path: string;
  /** Stable reason: `unknown_entity`, `unknown_field`, `expression_syntax`, `expression_type`, `type_mismatch` … */
  code: string;
  message: string;
  /** For expressions: offset of the first character concerned, and its line and column from 1. */
  position?: ExpressionPosition;
}

export interface ExpressionPosition {
  offset: number;
  /** Offset after the last character concerned. */
  end: number;
  line: number;
  column: number;
}

export interface CreateRuleRequest {
  definition: RuleDefinitionInput;
  /** A second request with the same key answers with the first one's rule. At most 200 characters. */
  idempotencyKey?: string;
}

export interface ListRulesRequest {
  state?: RuleState;
  sourceEntity?: string;
  targetEntity?: string;
  triggerMode?: "manual" | "automatic";
  /** Keeps the rules whose name contains this text, in any case. */
  search?: string;
  /** 1 to 200; 50 by default. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

export interface ListRulesResponse {
  /** Newest first, each at its latest version. */
  rules: Rule[];
  /** Absent on the last page. */
  nextCursor?: string;
}

export interface GetRuleRequest {
  ruleId: string;
  /** The latest by default. */
  version?: number;
}

export interface UpdateRuleRequest {
  ruleId: string;
  definition: RuleDefinitionInput;
  /** Refuses with `aborted` (reason `version_changed`) where the latest version is another one. */
  expectedVersion?: number;
}

export interface ListRuleVersionsRequest {
  ruleId: string;
  /** 1 to 200; 50 by default. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

export interface ListRuleVersionsResponse {
  /** Newest first. */
  versions: Rule[];
  nextCursor?: string;
}

export interface RetireRuleRequest {
  ruleId: string;
}

export interface PreviewConversionRequest {
  /** A saved rule, or `draft`. */
  ruleId?: string;
  /** Version of the saved rule; the latest by default. */
  version?: number;
  /** A definition that is not saved. */
  draft?: RuleDefinitionInput;
  /** A record of the source entity, or `record`. */
  sourceRecordId?: string;
  /** A record made up for the preview: source field → value; fields left out are null. */
  record?: Record<string, JsonValue>;
}

/** One field of the target record, before and after. */
export interface FieldChange {
  field: string;
  before: JsonValue;
  after: JsonValue;
  changed: boolean;
}

/** What the conversion of a record does to the target: `none` where the record is unchanged, skipped or fails. */
export type ConversionAction = "create" | "update" | "none";

export type ConversionOutcome = "converted" | "unchanged" | "skipped" | "failed";

/** Why a record was skipped or failed. */
export interface ConversionReason {
  /** Stable: `condition_not_met`, `lookup_missed`, `target_kept`, `expression_failed`, `target_constraint` … */
  code: string;
  message: string;
  /** Path in the rule, e.g. `mappings[2].expression`, where one is to blame. */
  path?: string;
}

export interface PreviewConversionResponse {
  outcome: ConversionOutcome;
  action: ConversionAction;
  reason?: ConversionReason;
  sourceRecord: Record<string, JsonValue>;
  /** The target record that would be changed; absent where one would be created. */
  targetRecordId?: string;
  fields: FieldChange[];
}

export interface ExecuteConversionRequest {
  ruleId: string;
  sourceRecordId: string;
  /** `manual` by default. */
  type?: "manual" | "automatic";
}

/** Answer to an execution. A record that fails is an error, whose details carry the `reason`. */
export interface ExecuteConversionResponse {
  outcome: "converted" | "unchanged" | "skipped";
  action: ConversionAction;
  reason?: ConversionReason;
  ruleId: string;
  ruleVersion: number;
  sourceRecordId: string;
  /** Absent where the record was skipped. */
  targetRecordId?: string;
  /** Values written, by target field. */
  values: Record<string, JsonValue>;
}

export interface StartJobRequest {
  ruleId: string;
  /** CEL expression on `record`: only the records for which it holds are converted. All of them by default. */
  filter?: string;
  /** Only these records, 1 to 10,000; not together with `filter`. */
  recordIds?: string[];
  /** A second request with the same key answers with the first one's job. At most 200 characters. */
  idempotencyKey?: string;
}

export type JobState = "queued" | "running" | "paused" | "completed" | "failed" | "cancelled";

export interface JobFailureGroup {
  code: string;
  /** Path in the rule, where one is to blame. */
  path?: string;
  count: number;
  /** Message of one of them. */
  example: string;
}

/** The conversion of an entity, or of some of its records. */
export interface ConversionJob {
  id: string;
  ruleId: string;
  ruleVersion: number;
  source: EntityRef;
  target: EntityRef;
  state: JobState;
  /** Why the job as a whole failed. */
  error?: string;
  /** `set-based`: inside the database that holds source and target. `streaming`: read, evaluated here, loaded. */
  executor?: "set-based" | "streaming";
  /** The job whose failed records this one converts. */
  retryOf?: string;
  /** Condition on `record`: only the records for which it holds are converted. */
  filter?: string;
  /** How many records were listed, for a job over a list or the failed records of another job. */
  recordCount?: number;
  /** Records in the source when the job started, absent until then; those of the list where there is one. */
  total?: number;
  /** Records looked at: converted, unchanged, skipped, failed and filtered ones. */
  processed: number;
  converted: number;
  unchanged: number;
  skipped: number;
  failed: number;
  /** Records that the job's filter leaves out. */
  filtered: number;
  /** Over the time spent running. */
  recordsPerSecond?: number;
  /** Seconds left at this rate; only while running. */
  secondsLeft?: number;
  /** Why records were skipped or failed, most frequent first. */
  skipReasons: JobFailureGroup[];
  failureReasons: JobFailureGroup[];
  /** Cancelling was asked for and waits for the running batch. */
  cancelRequested: boolean;
  /** Pausing was asked for and waits for the running batch. */
  pauseRequested: boolean;
  createdBy: string;
  createdAt: Date;
  startedAt?: Date;
  finishedAt?: Date;
}

export interface ListJobsRequest {
  ruleId?: string;
  state?: JobState;
  /** 1 to 200; 50 by default. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

export interface ListJobsResponse {
  /** Newest first. */
  jobs: ConversionJob[];
  nextCursor?: string;
}

export interface GetJobRequest {
  jobId: string;
}

export interface ListJobFailuresRequest {
  jobId: string;
  /** 1 to 1000; 100 by default. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

export interface JobFailure {
  sourceRecordId: string;
  reason: ConversionReason;
}

export interface ListJobFailuresResponse {
  failures: JobFailure[];
  nextCursor?: string;
}

export interface CancelJobRequest {
  jobId: string;
}

export interface RetryJobRequest {
  jobId: string;
  /** A second request with the same key answers with the first one's job. At most 200 characters. */
  idempotencyKey?: string;
}

export interface PauseJobRequest {
  jobId: string;
}

export interface ResumeJobRequest {
  jobId: string;
}

export interface EvaluateExpressionRequest {
  expression: string;
  /** Types `record` by a live entity. Without it the types are taken from `record` itself. */
  entity?: EntityRefInput;
  /** A record of `entity`, or `record`. */
  sourceRecordId?: string;
  /** Field → value; fields left out are null. */
  record?: Record<string, JsonValue>;
}

export interface EvaluateExpressionResponse {
  /** The expression can be evaluated; otherwise `problem` says why not. */
  valid: boolean;
  /** Result type: `string`, `int`, `double`, `bool`, `timestamp` or `null`. */
  type?: string;
  /** Integers beyond 2^53 and timestamps (ISO 8601) are texts. */
  value?: JsonValue;
  /** The set-based executor can run it too. */
  translatable?: boolean;
  problem?: RuleProblem;
}
