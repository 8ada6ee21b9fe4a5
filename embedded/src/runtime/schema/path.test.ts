import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PathSegment } from "../../model/app-model.js";
import { compilePathDecoder, encodePath } from "./path.js";

const path: PathSegment[] = [
  { kind: "literal", value: "items" },
  { kind: "param", name: "id", type: "number" },
  { kind: "param", name: "name", type: "string" },
  { kind: "wildcard", name: "rest" },
];

describe("path parameters", () => {
  test("are decoded by their types", () => {
    expect(compilePathDecoder(path)(["7", "a%2Fb", "c/d%20e"])).toEqual({
      id: 7,
      name: "a/b",
      rest: "c/d e",
    });
  });

  test.each(["007", "0x1", "1.", "NaN", ""])("%s is no number", (text) => {
    expect(() => compilePathDecoder(path)([text])).toThrow("not a valid number");
  });

  test("keep escapes that are none, and must be UTF-8", () => {
    expect(compilePathDecoder(path)(["1", "%zz"])).toMatchObject({ name: "%zz" });
    expect(() => compilePathDecoder(path)(["1", "%FF"])).toThrow("path params");
  });

  test("arrive as they were sent, whatever the text", () => {
    const text = fc
      .string({ minLength: 1, unit: "grapheme" })
      .filter((given) => ![".", ".."].includes(given));
    fc.assert(
      fc.property(fc.integer(), text, (id, name) => {
        const encoded = encodePath(path, { id, name, rest: "r" });
        expect(encoded.path.split("/")).toHaveLength(5);
        expect(compilePathDecoder(path)(encoded.params)).toEqual({ id, name, rest: "r" });
      }),
    );
  });

  test.each(["", ".", ".."])("%j leads nowhere", (name) => {
    expect(() => encodePath(path, { id: 1, name, rest: "r" })).toThrow("endpoint not found");
  });

  test("must all be given", () => {
    expect(() => encodePath(path, { id: 1 })).toThrow("missing field");
  });
});
