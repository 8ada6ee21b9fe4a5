import { describe, expect, it } from "vitest";
import { checkExpression } from "./check.js";
import { compileEvaluator } from "./evaluate.js";
import { ExpressionError, ExpressionProblem } from "./expression.js";

const fields = [{ name: "text", type: "string" as const }];

/** A text as long as any that a field may well hold. */
const long = "a".repeat(1_000_000);
const many = (count: number, text = "record.text") => Array<string>(count).fill(text);

/** Processor time of this process, which other work on the machine does not lengthen. */
function cpuSecondsSince(began: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1e6;
}

describe("a hostile expression", () => {
  it.each([
    ["joined", `concat(${many(6, `concat(${many(30).join(", ")})`).join(", ")})`],
    ["joined with a separator", `joinText("-", ${many(30).join(", ")})`],
    ["added", many(150).join(" + ")],
    ["searched", many(80, 'contains(record.text, "ab")').join(" || ")],
    ["compared", many(80, 'record.text < "b"').join(" && ")],
    ["replaced", many(20, 'replace(record.text, "a", "b")').join(" + ")],
    ["grown", 'replace(record.text, "a", "aa")'],
    ["sought in a list", `"b" in [${many(150).join(", ")}]`],
  ])("ends soon: long texts %s", (_, source) => {
    const evaluate = compileEvaluator(checkExpression(source, fields));
    const began = process.cpuUsage();
    expect(() => evaluate([long])).toThrow(ExpressionError);
    expect(cpuSecondsSince(began)).toBeLessThan(5);
  });

  it("ends soon on a field of a million characters", () => {
    const calls = Array.from({ length: 60 }, (_, at) => `size(upper(record.text)) > ${at}`).join(" && ");
    const compiled = compileEvaluator(checkExpression(calls, fields));
    const began = process.cpuUsage();
    expect(() => compiled(["ß".repeat(1_000_000)])).toThrow(/more than 20000000 characters/);
    expect(cpuSecondsSince(began)).toBeLessThan(5);
  });

  it.each([
    "record.constructor",
    'record["__proto__"]',
    'record.text.constructor("return process")()',
    "process.env",
    "globalThis",
    'this.constructor.constructor("return 1")()',
    "record.text.__defineGetter__",
    "toString()",
    'constructor("x")',
    "__proto__(1)",
    "hasOwnProperty(record.text)",
    "[1, 2].map(x, x)",
    '{"a": 1}',
    "record.text.all(c, true)",
    "dyn(record.text)",
    "type(record.text)",
    'b"bytes"',
  ])("does not escape: %s", (source) => {
    expect(() => checkExpression(source, fields)).toThrow(ExpressionProblem);
  });

  it.each([
    ["-".repeat(3_000), "1"],
    ["!".repeat(3_000), "true"],
    ["(".repeat(1_900), `1${")".repeat(1_900)}`],
    ["[".repeat(2_000), "]".repeat(2_000)],
    ["upper(".repeat(600), `"a"${")".repeat(600)}`],
    ["true ? ".repeat(400), `1${" : 1".repeat(400)}`],
    ["record.".repeat(500), "text"],
  ])("is refused for its size, and does not overflow the stack: %.8s…", (start, end) => {
    const began = process.cpuUsage();
    expect(() => checkExpression(start + end, fields)).toThrow(ExpressionProblem);
    expect(cpuSecondsSince(began)).toBeLessThan(5);
  });
});
