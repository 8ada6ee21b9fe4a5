import { expect, it } from "vitest";
import { parseExactJson } from "./exact-json.js";

it("keeps numbers that a double cannot hold as texts, and others as numbers", () => {
  const text =
    '{"a": 12.50, "b": 9007199254740993, "c": 0.1234567890123456789, "d": -3, "e": [1e3, 0.30000000000000004], "f": 9007199254740991}';
  expect(parseExactJson(text)).toEqual({
    a: 12.5,
    b: "9007199254740993",
    c: "0.1234567890123456789",
    d: -3,
    e: [1000, 0.30000000000000004],
    f: 9007199254740991,
  });
});
