import { describe, expect, test } from "vitest";
import type { BasicType, Field, TypeSchema } from "../../model/app-model.js";
import { compileQueryDecoder, encodeQuery, parseQuery } from "./query.js";

const basic = (type: BasicType): TypeSchema => ({ kind: "basic", type });
const fields: Field[] = [
  { name: "s", type: basic("string"), optional: true },
  { name: "n", type: basic("number"), optional: true },
  { name: "b", type: basic("boolean"), optional: true },
  { name: "at", type: basic("date"), optional: true },
  { name: "list", type: { kind: "array", element: basic("number") }, optional: true },
];

function decode(query: string): Record<string, unknown> {
  const target: Record<string, unknown> = {};
  compileQueryDecoder(fields, {})(query, target);
  return target;
}

describe("a query string", () => {
  test.each([
    ["s=a+b%20c&zzz=1", { s: "a b c" }],
    ["s=%zz%FF", { s: "%zz\ufffd" }],
    ["s", { s: "" }],
    ["list=1&list=2", { list: [1, 2] }],
    ["n=%2B1", { n: 1 }],
    ["n=.5", { n: 0.5 }],
    ["n=NaN", { n: null }],
    ["n=9007199254740993", { n: 9007199254740993n }],
  ])("%s", (query, value) => {
    expect(decode(query)).toEqual(value);
  });

  test.each(["n=abc", "n=", "n=0x1", "n=1_0", "b=TRUE", "b=1", "at=2024-01-01", "s=a&s=b", "list=1&list=x"])(
    "%s is refused, naming the field",
    (query) => {
      expect(() => decode(query)).toThrow(new RegExp(`\\b${query.split("=")[0]}\\b`));
    },
  );

  test("must have the required fields", () => {
    const required = fields.map((field) => ({ ...field, optional: false }));
    expect(() => compileQueryDecoder(required, {})("s=a", {})).toThrow("missing field n");
  });

  test("is written as it is read", () => {
    const payload = { s: "a b&c=d é", n: -1.5, b: true, at: new Date(1500), list: [1, 2] };
    expect(decode(encodeQuery(fields, payload))).toEqual(payload);
    expect(encodeQuery(fields, { s: undefined })).toBe("");
  });

  test("may hold empty parts", () => {
    expect(parseQuery("&&a=1&=2&b")).toEqual([
      ["a", "1"],
      ["", "2"],
      ["b", ""],
    ]);
  });
});
