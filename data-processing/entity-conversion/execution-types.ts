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
  /** The field takes the key of this record, which is still to be made: `after` is null until then. */
  reference?: string;
}

/** A field whose expression or lookup failed and that was filled by its error policy. */
export interface FieldFallback {
  /** Path in the rule. */
  path: string;
  policy: "null" | "default";
  /** What failed. */
  message: string;
}

/** What would become of a related record. */
export interface RelatedPreview {
  /** Name in the rule. */
  name: string;
  entity: string;
  /** `skipped` where its condition does not hold, or its merge policy keeps what is there. */
  outcome: "converted" | "unchanged" | "skipped";
  action: ConversionAction;
  targetRecordId?: string;
  fields: FieldChange[];
}

/** What became of a related record. */
export interface RelatedConversion {
  /** Name in the rule. */
  name: string;
  entity: string;
  /** `skipped` where its condition does not hold, or its merge policy keeps what is there. */
  outcome: "converted" | "unchanged" | "skipped";
  action: ConversionAction;
  targetRecordId?: string;
  /** Values written, by field. References to records that were made by the same conversion are null. */
  values: Record<string, JsonValue>;
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
  /** Related records of the rule, in its order. */
  related?: RelatedPreview[];
  /** Fields that were filled by their error policy. */
  fallbacks?: FieldFallback[];
}

export interface ExecuteConversionRequest {
  ruleId: string;
  sourceRecordId: string;
  /** `manual` by default. */
  type?: "manual" | "automatic";
  /** A second request with the same key answers as the first one, for a day. At most 200 characters. */
  idempotencyKey?: string;
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
  /** Related records of the rule, in its order. */
  related?: RelatedConversion[];
  /** Fields that were filled by their error policy. */
  fallbacks?: FieldFallback[];
}
