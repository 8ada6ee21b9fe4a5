import type { JsonValue } from "../../shared/json.js";
import type { ConversionReason } from "./execution-types.js";
import type { JobState } from "./job-types.js";
import type { RuleDefinitionInput } from "./rule-types.js";
import type { ConversionEffect, EffectCounts } from "./sample-types.js";

/** One side of a comparison: a saved rule, at a version or its latest, or a definition that is not saved. */
export interface ShadowRule {
  ruleId?: string;
  /** The latest by default. */
  version?: number;
  draft?: RuleDefinitionInput;
}

export interface RunShadowRequest {
  /** What is in use, e.g. an earlier version, or an imported legacy rule. */
  old: ShadowRule;
  /** What is to take over. Reads the same source entity. */
  new: ShadowRule;
  /** CEL expression on `record`: only records for which it holds. */
  filter?: string;
  /** Only these records, 1 to 1,000; not together with `filter`. */
  recordIds?: string[];
  /** `first` in the order of the key, by default, or `random` ones. */
  sampling?: "first" | "random";
  /** Records compared: 1 to 1,000, 100 by default. In the background 1 to 1,000,000, all by default. */
  limit?: number;
  /**
   * Compares in a job, as many records as there are, and answers at once; not together with `recordIds` or `sampling`.
   * At least one side is a saved rule.
   */
  background?: boolean;
  /** Differing records shown, 0 to 200; 20 by default. */
  examples?: number;
}

/** What one side makes of a record. */
export interface ShadowOutcome {
  effect: ConversionEffect;
  /** The target record; absent where none would be written. */
  targetRecordId?: string;
  reason?: ConversionReason;
}

/** A field to which the two sides give different values. */
export interface FieldDifference {
  field: string;
  /** Absent where that side does not write the field. */
  old?: JsonValue;
  new?: JsonValue;
}

/**
 * How a record differs. `effect`: one side writes it and the other does not, or they leave it out for different
 * reasons. `target`: they write different target records. `values`: they give fields different values.
 */
export type ShadowDifferenceKind = "effect" | "target" | "values";

export interface RecordDifference {
  sourceRecordId: string;
  kind: ShadowDifferenceKind;
  old: ShadowOutcome;
  new: ShadowOutcome;
  /** Empty where one of the sides writes nothing. */
  fields: FieldDifference[];
}

/** How many records differ in a field. */
export interface FieldDifferenceCount {
  field: string;
  records: number;
}

/** How many records have one effect on the one side and another on the other: one of them writes, the other does not. */
export interface EffectDifferenceCount {
  old: ConversionEffect;
  new: ConversionEffect;
  records: number;
}

/** A comparison of two rules. */
export interface ShadowRun {
  id: string;
  /** The job that works on it, which can be paused and cancelled; absent where it was done at once. */
  jobId?: string;
  state: JobState;
  /** Why it could not go on. */
  error?: string;
  /** The sides with the versions that were compared. */
  old: ShadowRule;
  new: ShadowRule;
  /** What both sides read. */
  dataSource: string;
  sourceEntity: string;
  filter?: string;
  /** Most records that are compared; absent for all. */
  limit?: number;
  /** Records in the source, for a comparison in the background that has begun. */
  total?: number;
  /** Seconds left at the present rate; only while it runs in the background. */
  secondsLeft?: number;
  /** Records that both sides were tried on. */
  compared: number;
  /** Records that were read and left out by the filter. */
  filtered: number;
  identical: number;
  different: number;
  /** Effects of each side, as if no record had been converted before. */
  oldEffects: EffectCounts;
  newEffects: EffectCounts;
  /** Most frequent first. */
  fields: FieldDifferenceCount[];
  effects: EffectDifferenceCount[];
  createdBy: string;
  createdAt: Date;
  finishedAt?: Date;
}

export interface RunShadowResponse extends ShadowRun {
  /** The first records that differ; none in the background. */
  differences: RecordDifference[];
}

export interface ListShadowRunsRequest {
  /** Runs with this rule on one of the sides. */
  ruleId?: string;
  /** `createdAt`, with `-` before it for falling order; `-createdAt` by default. */
  sort?: string;
  /** 1 to 200; 50 by default. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

export interface ListShadowRunsResponse {
  shadowRuns: ShadowRun[];
  nextCursor?: string;
}

export interface GetShadowRunRequest {
  runId: string;
}

export interface ListShadowDifferencesRequest {
  runId: string;
  kind?: ShadowDifferenceKind;
  /** Only records that differ in this field. */
  field?: string;
  /**
   * `place`, the order in which they were found, or `sourceRecordId`, with `-` before it for falling order; `place` by
   * default.
   */
  sort?: string;
  /** 1 to 1,000; 100 by default. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

export interface ListShadowDifferencesResponse {
  /** In the order in which they were found, or as asked for; the first 10,000 are kept. */
  differences: RecordDifference[];
  nextCursor?: string;
}
