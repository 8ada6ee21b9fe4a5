import { expect, it } from "vitest";
import { parseGivenId, parseRecordId } from "./record-id.js";

it("reads the key of an id, of one column or several", () => {
  expect(parseRecordId("a'b", 1)).toEqual(["a'b"]);
  expect(parseRecordId('["a","5"]', 2)).toEqual(["a", "5"]);
});

it("refuses what no key can be", () => {
  for (const [id, length] of [
    ["a\0", 1],
    ["x".repeat(2_001), 1],
    ["я".repeat(1_001), 1],
    ["[1", 2],
    ["[1]", 2],
    ['["a",{}]', 2],
  ] as const)
    expect(() => parseGivenId(id, length)).toThrow(
      expect.objectContaining({ code: "invalid_argument", details: { reason: "bad_record_id" } }),
    );
});
