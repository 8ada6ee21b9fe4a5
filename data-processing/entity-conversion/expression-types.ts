import type { JsonValue } from "../../shared/json.js";
import type { EntityRefInput, RuleProblem } from "./rule-types.js";

export interface EvaluateExpressionRequest {
  expression: string;
  /** Types `record` by a live entity. Without it the types are taken from `record` itself. */
  entity?: EntityRefInput;
  /** A record of `entity`, or `record`. */
  sourceRecordId?: string;
  /** Field → value; fields left out are null. */
  record?: Record<string, JsonValue>;
}

export interface EvaluateExpressionResponse {
  /** The expression can be evaluated; otherwise `problem` says why not. */
  valid: boolean;
  /** Result type: `string`, `int`, `double`, `bool`, `timestamp` or `null`. */
  type?: string;
  /** Integers beyond 2^53 and timestamps (ISO 8601) are texts. */
  value?: JsonValue;
  /** The set-based executor can run it too. */
  translatable?: boolean;
  problem?: RuleProblem;
}
