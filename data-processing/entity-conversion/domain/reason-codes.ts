import type { ConversionReason } from "../types.js";

/**
 * Every code with which a record is skipped, fails or is not undone, and what it means. Codes are stable: callers
 * branch on them.
 */
export const reasonCodes = {
  condition_not_met: "The rule's condition does not hold for the record.",
  expression_failed: "An expression cannot be computed from the record's values.",
  lookup_missed: "A lookup found no record.",
  natural_key_empty: "A field of the natural key has no value.",
  source_record_not_found: "The source holds no record of that id.",
  source_value: "The source holds a value that cannot be read, such as a text that is no valid UTF-8.",
  target_constraint:
    "The target refuses the record: a required value is missing, or a unique, foreign-key or check constraint is broken.",
  target_value:
    "The target cannot hold a value: a text too long, a number out of range, a date that is none.",
  target_kept: "The target record is there already, and the merge policy keeps it.",
  target_not_written: "A trigger or a policy of the target let the write pass without effect.",
  write_back_failed: "The target was written, and the source refused what was to be set on its record.",
  rule_broken: "The rule no longer fits the schemas of its entities.",
  target_changed: "Undoing: the target record was changed or deleted since.",
  target_shared: "Undoing: other conversions use the target record too.",
  source_field_changed: "Undoing: a field that was written back was changed on the source record since.",
  converted_again: "Undoing: the record was converted again since.",
} as const;

/** A code that `reasonCodes` explains. */
export type ReasonCode = keyof typeof reasonCodes;

/** A reason with one of the known codes. */
export interface KnownReason extends ConversionReason {
  code: ReasonCode;
}
