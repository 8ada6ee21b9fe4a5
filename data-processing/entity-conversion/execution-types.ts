import type { JsonValue } from "../../shared/json.js";
import type { RuleDefinitionInput } from "./rule-types.js";

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
