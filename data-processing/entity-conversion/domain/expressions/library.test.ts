import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkExpression } from "./check.js";
import { compileEvaluator } from "./evaluate.js";
import { functionNames } from "./functions.js";
import { expressionFunctions, functionTable } from "./library.js";

const fields = [{ name: "name", type: "string" as const }];
const evaluate = (source: string) => {
  const expr = checkExpression(source, fields);
  return { type: expr.type, value: compileEvaluator(expr)(["Ann"]) };
};

describe("the function library", () => {
  it("documents every function, and no other", () => {
    expect(expressionFunctions().map(({ name }) => name)).toEqual([...functionNames()].sort());
  });

  it.each(expressionFunctions().map(({ example, result }) => [example, result]))(
    "%s is %s",
    (example, result) => {
      const found = evaluate(example!);
      expect(found.value).toEqual(evaluate(result!).value);
      if (result !== "null") expect(found.type).toBe(evaluate(result!).type);
    },
  );

  it("is the one in docs/expressions.md", async () => {
    const file = join(import.meta.dirname, "../../../../docs/expressions.md");
    expect(await readFile(file, "utf8")).toContain(`\n${functionTable()}\n`);
  });
});
