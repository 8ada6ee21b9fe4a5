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
  /** It is the condition of a trigger: it may name `new`, which is `record`, and `old`. */
  trigger?: boolean;
  /** For the condition of a trigger: what the record was before; without it, it was inserted. */
  old?: Record<string, JsonValue>;
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

/** A function of the expression language. */
export interface ExpressionFunction {
  name: string;
  /** Such as `substring(string, int): string`: one for each list of arguments. */
  signatures: string[];
  description: string;
  /** An expression that calls it, and its result as a literal. */
  example: string;
  result: string;
}

/** Bounds of every expression: beyond them it is refused, or fails on the record. */
export interface ExpressionLimits {
  /** Characters of an expression. */
  length: number;
  /** Parts of an expression. */
  parts: number;
  /** Levels of nesting. */
  depth: number;
  /** Values to the right of an `in`. */
  listValues: number;
  /** Arguments of a call. */
  callArguments: number;
  /** Characters of a text that an expression makes. */
  textLength: number;
  /** Characters that its functions read on one record, in all. */
  work: number;
}

export interface ListExpressionFunctionsResponse {
  /** By name. */
  functions: ExpressionFunction[];
  limits: ExpressionLimits;
}
