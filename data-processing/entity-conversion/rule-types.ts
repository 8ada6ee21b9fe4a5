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

/**
 * What a field does where its expression, or the key expression of its lookup, fails on a record, or the target cannot
 * hold its value: the record fails or is skipped, the field becomes null, or `default` is used. Results count and tell
 * of fields that were filled so.
 */
export type ErrorPolicy = "fail" | "null" | "default" | "skip";

/** Where the value of one target field comes from. Exactly one of column, constant, expression, lookup and reference is given. */
export interface FieldMapping {
  /** Target field. */
  target: string;
  /** Source field, copied as it is. */
  column?: string;
  constant?: JsonValue;
  /** CEL expression on `record`. */
  expression?: string;
  lookup?: LookupMapping;
  /** The key of another record of the same step: the name of a related record, or `main` for the rule's target. */
  reference?: string;
  /** For a reference to a record whose key has several fields: which of them. */
  referenceField?: string;
  /** `fail` by default. */
  onError?: ErrorPolicy;
  /** Value for `onError: "default"`. */
  default?: JsonValue;
}

/** A record that is made in the same step and the same transaction as the rule's target record. */
export interface RelatedRecord {
  /** Name that references use: letters, digits and `_`, unique in the rule; not `main`. */
  name: string;
  /** Entity of the target's data source. */
  entity: string;
  /** Fields that identify one of its records: exactly those of one of its primary or unique keys. */
  naturalKey: string[];
  mergePolicy: MergePolicy;
  /** It is only made where this expression is true; references to it are null otherwise. */
  when?: string;
  mappings: FieldMapping[];
}

export interface RelatedRecordInput {
  /** Name that references use: letters, digits and `_`, unique in the rule; not `main`. */
  name: string;
  /** Entity of the target's data source. */
  entity: string;
  naturalKey: string[];
  /** `overwrite` by default. */
  mergePolicy?: MergePolicy;
  /** It is only made where this expression is true; references to it are null otherwise. */
  when?: string;
  mappings: FieldMapping[];
}

/** A field of the source record that is set once it was converted. Exactly one of constant, expression and reference is given. */
export interface WriteBackMapping {
  /** Source field; not one of the record's key. */
  field: string;
  constant?: JsonValue;
  /** CEL expression on `record`, as it was before. */
  expression?: string;
  /** The key of a record that was made: the name of a related record, or `main`. */
  reference?: string;
  /** For a reference to a record whose key has several fields: which of them. */
  referenceField?: string;
}

export interface RuleTrigger {
  mode: "manual" | "automatic";
  /**
   * For automatic rules: expression that must hold for a changed record to be converted. `new`, also written `record`, has
   * the values after the change, `old` those before it: `new.status == "won" && old.status != "won"`. For a record that was
   * inserted, `old == null` and all its fields are null.
   */
  condition?: string;
  /** For automatic rules: which changes start it; both by default. */
  operations?: ("insert" | "update")[];
  /**
   * For automatic rules whose data source has to be polled: the field that grows with each change, a timestamp or an
   * integer. By default one is chosen, such as `updated_at`.
   */
  watermark?: string;
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
  /** Records made in the same step; at most 20. */
  related?: RelatedRecord[];
  /** What is set on the source record after the conversion. */
  writeBack?: WriteBackMapping[];
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
  /** Records made in the same step; at most 20. */
  related?: RelatedRecordInput[];
  /** What is set on the source record after the conversion. */
  writeBack?: WriteBackMapping[];
  /** `manual` by default. */
  trigger?: RuleTrigger;
}

/** Only active rules convert: by executions, jobs and triggers. Drafts can be previewed. */
export type RuleState = "draft" | "active" | "retired";

/** A conversion rule at one of its versions. */
export interface Rule {
  id: string;
  /** This version, from 1. A version never changes. */
  version: number;
  latestVersion: number;
  /** Grows with every change of the rule: a new version, or another state. */
  revision: number;
  state: RuleState;
  definition: RuleDefinition;
  /** What of the latest version no longer fits the live schemas of its entities; absent where all of it does. */
  problems?: RuleProblem[];
  /** Since when it does not. */
  driftedAt?: Date;
  /** What should be known of it, in the answers to its creation, change and activation: such as a circle of rules. */
  warnings?: string[];
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
  /** `active` by default. A draft is checked just the same, and converts nothing until it is activated. */
  state?: "draft" | "active";
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
  /** `createdAt` or `name`, with \`-\` before it for falling order; \`-createdAt\` by default. */
  sort?: string;
  /** 1 to 200; 50 by default. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

export interface ListRulesResponse {
  /** Each at its latest version. */
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
  /** Refuses with `aborted` (reason `revision_changed`) where the rule is at another revision. */
  expectedRevision?: number;
}

export interface ActivateRuleRequest {
  ruleId: string;
  /** Refuses with `aborted` (reason `revision_changed`) where the rule is at another revision. */
  expectedRevision?: number;
}

export interface ListRuleVersionsRequest {
  ruleId: string;
  /** `version`, with `-` before it for falling order; `-version` by default. */
  sort?: string;
  /** 1 to 200; 50 by default. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

export interface ListRuleVersionsResponse {
  /** Newest first, or as asked for. */
  versions: Rule[];
  nextCursor?: string;
}

export interface RetireRuleRequest {
  ruleId: string;
  /** Refuses with `aborted` (reason `revision_changed`) where the rule is at another revision. */
  expectedRevision?: number;
}
