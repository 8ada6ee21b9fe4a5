import { describe, expect, it } from "vitest";
import { storableText } from "./storable.js";

const stored = (value: unknown) => JSON.parse(storableText(JSON.stringify(value))) as unknown;

describe("text that Postgres can hold", () => {
  it.each([
    ["NUL", "a\0\0b", "a\ufffd\ufffdb"],
    ["half a surrogate pair", "a\ud83d!", "a\ufffd!"],
    ["NUL behind a backslash", "\\\0", "\\\ufffd"],
    ["what only looks like NUL", "\\u0000", "\\u0000"],
    ["a whole pair and other escapes", "😀\u0001\n", "😀\u0001\n"],
  ])("%s", (_, text, expected) => {
    expect(stored({ [text]: [text] })).toEqual({ [expected]: [expected] });
  });
});
