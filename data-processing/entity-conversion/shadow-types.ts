import type { JsonValue } from "../../shared/json.js";
import type { ConversionReason } from "./execution-types.js";
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
  /** Records compared, 1 to 1,000; 100 by default. */
  limit?: number;
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

export interface RecordDifference {
  sourceRecordId: string;
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

export interface RunShadowResponse {
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
  /** The first records that differ. */
  differences: RecordDifference[];
}
