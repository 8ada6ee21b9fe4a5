import type { ColumnType, DiscoveredEntity } from "../../schema-discovery/domain/entity.js";
import type { FieldKind } from "../../schema-discovery/types.js";
import type { ConversionReason, LookupMissPolicy, RuleDefinition } from "../types.js";
import type { Expr, RecordField, Value } from "./expressions/expression.js";

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
  | { kind: "lookup"; lookup: LookupPlan };

export interface TargetPlan {
  field: string;
  kind: FieldKind;
  column: ColumnType;
  nullable: boolean;
  /** Path of the mapping's source in the rule, for reasons. */
  path: string;
  value: ValuePlan;
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
  targets: TargetPlan[];
  /** Places of the natural key's fields in `targets`. */
  naturalKey: number[];
  /** Target columns that identify a target record: its record key, else the natural key. */
  targetKey: string[];
  /** Stands for everything that decides what values mean: part of each record's digest. */
  digest: string;
}

/** What became of a record of a batch. */
export interface RecordResult {
  /** Text forms of the record's key columns. */
  key: string[];
  sourceRecordId: string;
  targetRecordId?: string;
  outcome: "converted" | "unchanged" | "skipped" | "failed";
  action: "create" | "update" | "none";
  reason?: ConversionReason;
  /** The job's filter leaves the record out: nothing but that is known of it, and nobody is told. */
  filtered?: boolean;
}

/** A record that the expressions of a plan were evaluated on. */
export interface EvaluatedRecord {
  key: string[];
  sourceRecordId: string;
  /** One for each target, in the form in which `loadRecords` takes them; only where there is no `outcome`. */
  values: (string | null)[];
  outcome?: "skipped" | "failed";
  reason?: ConversionReason;
  filtered?: boolean;
}

/** A source record as read for evaluation. */
export interface SourceRecord {
  key: string[];
  sourceRecordId: string;
  /** Values of `plan.fields` that expressions use; others are undefined. */
  row: (Value | undefined)[];
  /** Text forms of copied fields, by field name. */
  texts: Map<string, string | null>;
}
