import { describe, expect, it } from "vitest";
import { z } from "zod";
import { decodeCursor, encodeCursor, pageSize } from "./cursor.js";

const schema = z.object({ at: z.iso.datetime(), id: z.int() });

describe("cursor", () => {
  it("comes back as it went", () => {
    const key = { at: "2026-01-01T00:00:00.000Z", id: 7 };
    expect(decodeCursor(encodeCursor(key), schema)).toEqual(key);
  });

  it("is refused where its text has a NUL, which no row has", () => {
    const named = z.object({ name: z.string() });
    expect(decodeCursor(encodeCursor({ name: "\\u0000" }), named)).toEqual({ name: "\\u0000" });
    expect(() => decodeCursor(encodeCursor({ name: "a\0" }), named)).toThrow("not a cursor of this list");
  });

  it.each(["", "x", encodeCursor({ id: 7 }), encodeCursor({ at: "yesterday", id: 7 }), "bnVsbA"])(
    "is refused where it is not one of this list: %j",
    (cursor) => expect(() => decodeCursor(cursor, schema)).toThrow("not a cursor of this list"),
  );
});

describe("page size", () => {
  it("is the default unless a number within bounds is asked for", () => {
    expect([
      pageSize(undefined, { default: 50, max: 200 }),
      pageSize(200, { default: 50, max: 200 }),
    ]).toEqual([50, 200]);
  });

  it.each([0, -1, 1.5, 201, Number.NaN])("is refused out of bounds: %j", (limit) => {
    expect(() => pageSize(limit, { default: 50, max: 200 })).toThrow("from 1 to 200");
  });
});
