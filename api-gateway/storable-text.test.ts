import { describe, expect, it } from "vitest";
import { requireStorableText } from "./storable-text.js";

describe("text that a database keeps", () => {
  it("is any other: of every script, empty, and whatever is no text", () => {
    const at = new Date();
    const fine = { a: "", b: ["Ω", "🙂", "\n", "\ufffe"], c: { d: null, e: 1, f: at, g: undefined } };
    expect(() => requireStorableText(fine)).not.toThrow();
    expect(() => requireStorableText(undefined)).not.toThrow();
  });

  it.each([
    [{ records: [{ name: "a" }, { name: "a\0b" }] }, "records[1].name"],
    [{ search: "\ud800" }, "search"],
    [{ details: { "a\0": 1 } }, "details"],
    [{ "\udc00": 1 }, ""],
  ])("has no half characters and no U+0000: %j", (request, path) => {
    expect(() => requireStorableText(request)).toThrow(
      expect.objectContaining({ code: "invalid_argument", details: { reason: "invalid_text", path } }),
    );
  });

  it("is looked for however deep it lies", () => {
    const depth = 100_000;
    const deep: unknown = JSON.parse(`${"[".repeat(depth)}"\\u0000"${"]".repeat(depth)}`);
    expect(() => requireStorableText({ deep })).toThrow("U+0000");
  });
});
