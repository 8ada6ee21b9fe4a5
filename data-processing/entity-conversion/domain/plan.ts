import type { ColumnType, DiscoveredEntity } from "../../schema-discovery/domain/entity.js";
import type { FieldKind } from "../../schema-discovery/types.js";
import type { ErrorPolicy, LookupMissPolicy, MergePolicy, RuleDefinition } from "../types.js";
import type { Expr, RecordField, Value } from "./expressions/expression.js";
import type { KnownReason } from "./reason-codes.js";

/** A value read from another entity, ready to be planned. */
export interface LookupPlan {
  dataSource: string;
  entity: DiscoveredEntity;
  matchColumn: string;
  /** How keys are compared: a text that is no UUID matches nothing. */
  matchKind: "string" | "int" | "uuid";
  equals: Expr;
  valueColumn: string;
  valueSameType: boolean;
  onMiss: LookupMissPolicy;
  /** Text form of the value for `onMiss: "default"`. */
  defaultText: string | null;
}

/** Where the value of a target field comes from. */
export type ValuePlan =
  /** `sameType`: source and target column have one type, and the value needs no cast. */
  | { kind: "copy"; field: string; sameType: boolean }
  /** Text form of the constant; null for null. */
  | { kind: "constant"; text: string | null }
  | { kind: "expression"; expr: Expr }
  | { kind: "lookup"; lookup: LookupPlan }
  /** The key of another record of the same step: a part of the plan, and one of its key fields. */
  | { kind: "reference"; part: number; keyAt: number; sameType: boolean };

/** The part of a value that is written back to the source record. */
export const writeBackPart = -1;

/** A value that a plan computes: for a field of one of its parts, or for a field of the source record. */
export interface TargetPlan {
  /** Place in `plan.parts`, or `writeBackPart`. */
  part: number;
  field: string;
  kind: FieldKind;
  column: ColumnType;
  nullable: boolean;
  /** Path of the mapping's source in the rule, for reasons. */
  path: string;
  value: ValuePlan;
  onError: ErrorPolicy;
  /** Text form of the value for `onError: "default"`. */
  errorText: string | null;
}

/** A record that a conversion makes: the rule's target, or a related record. */
export interface PartPlan {
  /** Name in the rule; empty for the rule's target. It tells links apart. */
  name: string;
  /** Path in the rule: `related[0].`, empty for the rule's target. */
  path: string;
  entity: DiscoveredEntity;
  mergePolicy: MergePolicy;
  /** Only made where it holds. */
  when?: Expr;
  /** Places of its fields in `plan.targets`. */
  places: number[];
  /** Places of the natural key's fields in `plan.targets`. */
  naturalKey: number[];
  /** Columns that identify a record: its record key, else the natural key. */
  targetKey: string[];
  /** Stands for everything that decides what values mean: part of each record's digest. */
  digest: string;
}

/** A rule version, checked against the live schemas and ready to run. */
export interface ConversionPlan {
  ruleId: string;
  ruleVersion: number;
  definition: RuleDefinition;
  source: DiscoveredEntity;
  target: DiscoveredEntity;
  /** Source fields as expressions see them; `Expr` fields index into it. */
  fields: RecordField[];
  when?: Expr;
  /** Condition of the job: a record for which it does not hold is left out, before the rule's own is looked at. */
  filter?: Expr;
  /** All values: those of the rule's target first, then those of related records, then those written back. */
  targets: TargetPlan[];
  /** The rule's target, then its related records. */
  parts: [PartPlan, ...PartPlan[]];
  /** Places in `parts`, in an order in which each comes after those it refers to. */
  order: number[];
}

/** What became of a related record. */
export interface PartResult {
  name: string;
  targetRecordId?: string;
  outcome: "converted" | "unchanged" | "skipped";
  action: "create" | "update" | "none";
  before?: string | null;
  after?: string | null;
}

/** A field that was filled by its error policy. */
export interface Fallback {
  path: string;
  policy: "null" | "default";
  message: string;
}

/** What became of a record of a batch. */
export interface RecordResult {
  /** Text forms of the record's key columns. */
  key: string[];
  sourceRecordId: string;
  targetRecordId?: string;
  outcome: "converted" | "unchanged" | "skipped" | "failed";
  action: "create" | "update" | "none";
  reason?: KnownReason;
  /** The job's filter leaves the record out: nothing but that is known of it, and nobody is told. */
  filtered?: boolean;
  /** One for each related record of the rule; absent where the rule has none and where the record failed. */
  related?: PartResult[];
  /** What became of the rule's target, where a related record alone was written. */
  mainOutcome?: "unchanged" | "skipped";
  fallbacks?: Fallback[];
}

/** A record that the expressions of a plan were evaluated on. */
export interface EvaluatedRecord {
  key: string[];
  sourceRecordId: string;
  /** One for each target, in the form in which `loadRecords` takes them; only where there is no `outcome`. */
  values: (string | null)[];
  /** Default values of failed expressions, by place: texts of the column's type. */
  defaults?: Map<number, string>;
  /** By part: whether its condition holds. */
  active?: boolean[];
  fallbacks?: Fallback[];
  outcome?: "skipped" | "failed";
  reason?: KnownReason;
  filtered?: boolean;
}

/** A source record as read for evaluation. */
export interface SourceRecord {
  key: string[];
  sourceRecordId: string;
  /** Why its values cannot be read: the record fails. */
  unreadable?: string;
  /** Values of `plan.fields` that expressions use; others are undefined. */
  row: (Value | undefined)[];
  /** Text forms of the copied fields, in the order of `copiedFields`. */
  texts: readonly (string | null)[];
}
