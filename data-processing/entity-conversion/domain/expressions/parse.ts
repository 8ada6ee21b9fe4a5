import { type ASTNode, Environment, ParseError } from "@marcbachmann/cel-js";
import { ExpressionProblem } from "./expression.js";

/** Most characters of an expression. */
export const maxLength = 4_000;

/** Bounds of an expression's structure. */
export const structureLimits = {
  maxAstNodes: 500,
  maxDepth: 60,
  maxListElements: 200,
  maxMapEntries: 0,
  maxCallArguments: 32,
};

const environment = new Environment({
  unlistedVariablesAreDyn: true,
  limits: structureLimits,
});

/** Reads the CEL syntax of an expression, within bounds of length, depth and number of parts. */
export function parseExpression(source: string): ASTNode {
  if (source.trim() === "") {
    throw new ExpressionProblem("expression_syntax", "The expression is empty.", { start: 0, end: 0 });
  }
  if (source.length > maxLength) {
    throw new ExpressionProblem(
      "expression_syntax",
      `The expression is longer than ${maxLength} characters.`,
      {
        start: maxLength,
        end: source.length,
      },
    );
  }
  try {
    return environment.parse(source).ast;
  } catch (error) {
    if (error instanceof ParseError) {
      const range = error.range ?? { start: 0, end: source.length };
      throw new ExpressionProblem("expression_syntax", `${error.summary}.`, range);
    }
    throw error;
  }
}
