import { describe, expect, test } from "vitest";
import type { TypeSchema } from "../../model/app-model.js";
import { duplicateKeys, isFieldPath } from "./duplicate-keys.js";
import { decodeUtf8, parseJson } from "./parse-json.js";

describe("JSON text", () => {
  test.each([
    ["9007199254740993", 9007199254740993n],
    ["18446744073709551615", 18446744073709551615n],
    ["18446744073709551616", 18446744073709552000],
    ["9007199254740991", 9007199254740991],
    ["123456789012345678.5", 123456789012345680],
    ['{"a":[1e300]}', { a: [1e300] }],
    ['{"a":1} rest', { a: 1 }],
    [' "a" "b"', "a"],
    ['{"a":"}\\""}{', { a: '}"' }],
  ])("%s", (text, value) => {
    expect(parseJson(text)).toEqual(value);
  });

  test.each(["", "{", '{"a":1,}', "1e400", '"\\ud800"', "{'a':1}", "\ufeff{}", "hello", "[".repeat(200)])(
    "%s is refused",
    (text) => {
      expect(() => parseJson(text)).toThrow();
    },
  );

  test("nested too deeply is refused", () => {
    expect(() => parseJson("[".repeat(200) + "]".repeat(200))).toThrow("recursion");
  });

  test("must be UTF-8", () => {
    expect(() => decodeUtf8(Buffer.from([0x22, 0xff, 0x22]))).toThrow("UTF-8");
  });
});

describe("keys given twice", () => {
  const schema: TypeSchema = {
    kind: "object",
    fields: [
      { name: "a", type: { kind: "basic", type: "any" }, optional: true },
      {
        name: "list",
        type: {
          kind: "array",
          element: {
            kind: "object",
            fields: [{ name: "x", type: { kind: "basic", type: "number" }, optional: true }],
          },
        },
        optional: true,
      },
      { name: "map", type: { kind: "map", value: { kind: "basic", type: "number" } }, optional: true },
    ],
  };
  const fieldsGivenTwice = (text: string): string[] =>
    duplicateKeys(text)
      .filter((path) => isFieldPath(path, schema, {}))
      .map((path) => path.join("."));

  test.each([
    ['{"a":1,"a":2}', ["a"]],
    ['{"a":1,"\\u0061":2}', ["a"]],
    ['{"list":[{"x":1},{"x":1,"x":2}]}', ["list.1.x"]],
    ['{"a":{"x":1,"x":2}}', []],
    ['{"map":{"x":1,"x":2}}', []],
    ['{"unknown":1,"unknown":2}', []],
    ['{"a":"a\\":","list":[{"x":1}]}', []],
  ])("%s", (text, expected) => {
    expect(fieldsGivenTwice(text)).toEqual(expected);
  });
});
