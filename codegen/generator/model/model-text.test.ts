import { describe, expect, it } from "vitest";
import { parseModelText } from "./model-text.js";

describe("the text of a project model", () => {
  it("is JSON or YAML", () => {
    expect(parseModelText('{"name": "shop"}')).toEqual({ model: { name: "shop" } });
    expect(parseModelText("name: shop\nservices:\n  - name: a\n")).toEqual({
      model: { name: "shop", services: [{ name: "a" }] },
    });
  });

  it("is told of with line and column where it is neither", () => {
    expect(parseModelText("name: shop\nname: again\n")).toEqual({
      problems: [{ message: "Map keys must be unique.", line: 2, column: 1 }],
    });
    expect(parseModelText('{"name": "shop"').problems?.[0]).toMatchObject({ line: 1 });
  });

  it("is refused where aliases blow it up", () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let level = 1; level < 8; level++)
      lines.push(
        `a${level}: &a${level} [${Array(10)
          .fill(`*a${level - 1}`)
          .join(", ")}]`,
      );
    expect(parseModelText(lines.join("\n")).problems).toHaveLength(1);
  });

  it("is refused quickly where it is made to cost much", { timeout: 60_000 }, () => {
    const texts = [
      "[".repeat(100_000),
      `services: ${"{a: ".repeat(5_000)}`,
      "- ".repeat(20_000),
      "a: 1\n".repeat(20_000),
      `${Array.from({ length: 20_000 }, (_, index) => `k${index}: x`).join("\n")}\nk1: again`,
      "x".repeat(3_000_000),
    ];
    for (const text of texts) {
      const began = performance.now();
      expect(parseModelText(text).problems?.length).toBeGreaterThan(0);
      expect(performance.now() - began).toBeLessThan(8_000);
    }
  });
});
