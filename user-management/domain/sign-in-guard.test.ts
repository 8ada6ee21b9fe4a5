import { describe, expect, it } from "vitest";
import { blockSeconds } from "./sign-in-guard.js";

describe("waits between attempts to sign in", () => {
  it("begin after the free failures, double, and end in a lock of 15 minutes", () => {
    expect([1, 4, 5, 6, 7, 9, 10, 50].map((failures) => blockSeconds(failures, 4))).toEqual([
      0, 0, 1, 2, 4, 16, 900, 900,
    ]);
  });

  it("leave an address more failures than an account", () => {
    expect([50, 51, 55, 56].map((failures) => blockSeconds(failures, 50))).toEqual([0, 1, 16, 900]);
  });
});
