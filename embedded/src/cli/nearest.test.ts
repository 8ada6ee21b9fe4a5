import { expect, test } from "vitest";
import { nearest } from "./nearest.js";

test("finds what was meant, and nothing where nothing is close", () => {
  const words = ["start", "check", "test"];
  expect(nearest("strat", words)).toBe("start");
  expect(nearest("Chek", words)).toBe("check");
  expect(nearest("deploy", words)).toBeUndefined();
});
