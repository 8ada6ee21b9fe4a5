import { describe, expect, test } from "vitest";
import { writeFields, writeJson } from "./write-json.js";

describe("JSON of app values", () => {
  test.each([
    [new Date(0), '"1970-01-01T00:00:00Z"'],
    [new Date(250), '"1970-01-01T00:00:00.250Z"'],
    [9007199254740993n, '"9007199254740993"'],
    [{ a: undefined, b: null }, '{"b":null}'],
    ['é "☃" \n\u0001', '"é \\"☃\\" \\n\\u0001"'],
    [[1, "p", true, null, {}], '[1,"p",true,null,{}]'],
    [
      {
        get computed() {
          return 1;
        },
      },
      '{"computed":1}',
    ],
  ])("%s", (value, json) => {
    expect(writeJson(value)).toBe(json);
  });

  test("of a decimal is its text", () => {
    expect(writeJson({ amount: { __encore_decimal: true, value: "1.50" } })).toBe('{"amount":"1.50"}');
  });

  test.each([
    [[undefined]],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [() => 1],
    [Symbol("s")],
    [new Date("never")],
  ])("%s has none", (value) => {
    expect(() => writeJson(value)).toThrow("no JSON form");
  });

  test("of a circular value is refused", () => {
    const circular: { self?: unknown } = {};
    circular.self = circular;
    expect(() => writeJson(circular)).toThrow("circular");
  });

  test("holds the fields of the type only, and no inherited ones", () => {
    expect(writeFields({ a: 1, b: 2 }, ["a", "toString"])).toBe('{"a":1}');
    expect(writeFields(null, ["a"])).toBe("{}");
  });
});
