import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Decimal } from "./decimal.js";

const show = (text: string): string => new Decimal(text).toString();

describe("a decimal", () => {
  test.each([
    ["0", "0"],
    ["-0", "0"],
    ["12.340", "12.34"],
    ["00012.500", "12.5"],
    ["1e5", "100000"],
    ["-1.50", "-1.5"],
    ["0.000001", "0.000001"],
    ["0.0000001", "1e-7"],
    ["0.00000012", "1.2e-7"],
    ["100000000000000000000000.1", "100000000000000000000000.1"],
  ])("%s is shown as %s", (text, shown) => {
    expect(show(text)).toBe(shown);
  });

  test.each(["", ".", "abc", "1_000", "0x10", " 1", "1/3", "NaN", "1e", "1e16385", "1".repeat(300_000)])(
    "%s is refused",
    (text) => {
      expect(() => new Decimal(text)).toThrow("Invalid decimal");
    },
  );

  test("computes exactly", () => {
    const [a, b, three] = ["0.1", "0.2", "3"].map((text) => new Decimal(text)) as [Decimal, Decimal, Decimal];
    expect(a.add(b).toString()).toBe("0.3");
    expect(new Decimal("1").div(three).mul(three).toString()).toBe("1");
    expect(new Decimal("2").div(three).toString()).toBe("0.6666666667");
    expect(() => a.div(new Decimal("0"))).toThrow("division by zero");
  });

  test("reads back what it shows", () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.integer({ min: -30, max: 30 }), (digits, exponent) => {
        const shown = show(`${digits}e${exponent}`);
        expect(show(shown)).toBe(shown);
      }),
    );
  });
});
