import type { RuleDefinitionInput } from "./rule-types.js";

export interface ExplainConversionRequest {
  /** A saved rule, or `draft`. */
  ruleId?: string;
  /** Version of the saved rule; the latest by default. */
  version?: number;
  /** A definition that is not saved. */
  draft?: RuleDefinitionInput;
  /** Condition of a job, to be explained with the rule. */
  filter?: string;
}

/** Why a rule runs outside of the database. */
export interface ExecutorReason {
  /** `two_databases`: data lies in several ones. `not_translatable`: an expression has no equivalent in SQL there. */
  code: "two_databases" | "not_translatable";
  /** What is to blame, e.g. `mappings[2].expression`. */
  path: string;
  message: string;
}

/** How an expression of the rule is computed. */
export interface ExplainedExpression {
  path: string;
  /** Result type: `string`, `int`, `double`, `bool`, `timestamp` or `null`. */
  type: string;
  /** The database could compute it. */
  translatable: boolean;
  /** Why not. */
  problem?: string;
}

/** A statement of each batch. */
export interface PlannedStatement {
  /**
   * `convert`: reads, computes and writes in one. `read`: from the source. `lookup`: values of a lookup. `write`: the
   * target records with their links.
   */
  purpose: "convert" | "read" | "lookup" | "write";
  dataSource: string;
  sql: string;
  /** Values of `$1`, `$2` …, by example. */
  parameters: (string | null)[];
}

/** How a rule would be run over its source. */
export interface ExplainConversionResponse {
  executor: "set-based" | "streaming";
  /** Why not inside the database; empty for `set-based`. */
  reasons: ExecutorReason[];
  expressions: ExplainedExpression[];
  statements: PlannedStatement[];
  /** Records a batch. */
  batchSize: number;
  /** Records of the source by the database's own estimate. */
  estimatedRecords: number;
  /** Batches that follow from both. */
  estimatedBatches: number;
}
