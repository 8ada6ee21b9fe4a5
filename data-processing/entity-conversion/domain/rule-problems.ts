import { APIError } from "encore.dev/api";
import type { RuleProblem } from "../types.js";
import { checkExpression } from "./expressions/check.js";
import {
  type Expr,
  ExpressionProblem,
  positionOf,
  type RecordField,
  type RecordName,
} from "./expressions/expression.js";

/** Collects what is wrong with a rule. */
export class ProblemList {
  readonly problems: RuleProblem[] = [];

  add(path: string, code: string, message: string): void {
    this.problems.push({ path, code, message });
  }

  /** Checks an expression; undefined, and a problem with its position, where it cannot be accepted. */
  expression(
    path: string,
    source: string,
    fields: readonly RecordField[],
    records?: readonly RecordName[],
  ): Expr | undefined {
    try {
      return checkExpression(source, fields, records);
    } catch (error) {
      this.problems.push(expressionProblem(path, source, error));
      return undefined;
    }
  }

  /** Checks an expression that must be bool. */
  condition(
    path: string,
    source: string,
    fields: readonly RecordField[],
    records?: readonly RecordName[],
  ): Expr | undefined {
    const expr = this.expression(path, source, fields, records);
    if (expr && expr.type !== "bool") {
      this.add(path, "expression_type", `A condition must be bool, this expression is ${expr.type}.`);
      return undefined;
    }
    return expr;
  }
}

/** A problem of an expression, with its position. Errors of another kind are thrown on. */
export function expressionProblem(path: string, source: string, error: unknown): RuleProblem {
  if (!(error instanceof ExpressionProblem)) throw error;
  return { path, code: error.code, message: error.message, position: positionOf(source, error.at) };
}

/** The error that carries all problems of a rule: `invalidArgument`, with the problems in the details. */
export function invalidRule(problems: RuleProblem[]): APIError {
  const shown = problems.slice(0, 20).map((problem) => {
    const at = problem.position ? ` (line ${problem.position.line}, column ${problem.position.column})` : "";
    return `${problem.path}${at}: ${problem.message}`;
  });
  const more = problems.length > shown.length ? ` … and ${problems.length - shown.length} more.` : "";
  return APIError.invalidArgument(
    `The rule has ${problems.length === 1 ? "a problem" : `${problems.length} problems`}: ${shown.join(" ")}${more}`,
  ).withDetails({
    reason: "invalid_rule",
    problems: problems.map((problem) => ({ ...problem })),
  });
}

/** The error of a job's filter: `invalidArgument`, with its problem and position in the details. */
export function invalidFilter(problems: RuleProblem[]): APIError {
  const shown = problems.map(({ path, message, position }) => {
    const at = position ? ` (line ${position.line}, column ${position.column})` : "";
    return `${path}${at}: ${message}`;
  });
  return APIError.invalidArgument(shown.join(" ")).withDetails({
    reason: "invalid_filter",
    problems: problems.map((problem) => ({ ...problem })),
  });
}

/** The error of a job's filter that no longer fits the schema of the source: `failedPrecondition`. */
export function brokenFilter(problems: RuleProblem[]): APIError {
  const shown = problems.map((problem) => problem.message).join(" ");
  return APIError.failedPrecondition(
    `The job's filter no longer fits the schema of its source: ${shown}`,
  ).withDetails({ reason: "filter_broken", problems: problems.map((problem) => ({ ...problem })) });
}

/** The error of a saved rule that no longer fits the schemas: `failedPrecondition`, with the problems in the details. */
export function brokenRule(problems: RuleProblem[]): APIError {
  return APIError.failedPrecondition(
    `The rule no longer fits the schemas of its entities: ${problems.map((problem) => `${problem.path}: ${problem.message}`).join(" ")}`,
  ).withDetails({ reason: "rule_broken", problems: problems.map((problem) => ({ ...problem })) });
}
