import type { ConversionReason, FieldChange } from "./execution-types.js";
import type { JobFailureGroup } from "./job-types.js";
import type { RuleDefinitionInput } from "./rule-types.js";

export interface PreviewSampleRequest {
  /** A saved rule, or `draft`. */
  ruleId?: string;
  /** Version of the saved rule; the latest by default. */
  version?: number;
  /** A definition that is not saved. */
  draft?: RuleDefinitionInput;
  /** CEL expression on `record`: only records for which it holds. */
  filter?: string;
  /** Only these records, 1 to 1,000; not together with `filter`. */
  recordIds?: string[];
  /** `first` in the order of the key, by default, or `random` ones. */
  sampling?: "first" | "random";
  /** Records of the sample, 1 to 1,000; 100 by default. */
  limit?: number;
  /** Examples shown of each effect and reason, 0 to 20; 3 by default. */
  examples?: number;
}

/** What would become of a record: the target record is made, changed or left as it is, or there is a reason against it. */
export type ConversionEffect = "create" | "update" | "unchanged" | "skip" | "fail";

/** How many records each effect has. */
export interface EffectCounts {
  create: number;
  update: number;
  unchanged: number;
  skip: number;
  fail: number;
}

export interface SampledRecord {
  effect: ConversionEffect;
  sourceRecordId: string;
  /** The target record; absent where none would be written. */
  targetRecordId?: string;
  reason?: ConversionReason;
  /** The fields that would change; empty unless the effect is `create` or `update`. */
  changes: FieldChange[];
}

export interface PreviewSampleResponse {
  /** Records that were tried. */
  sampled: number;
  /** Records that were read and left out by the filter. */
  filtered: number;
  effects: EffectCounts;
  /** Why records would be skipped or fail, most frequent first. */
  skipReasons: JobFailureGroup[];
  failureReasons: JobFailureGroup[];
  examples: SampledRecord[];
  /** Records of the source by the database's own estimate. */
  estimatedRecords: number;
}
