import { expect, it } from "vitest";
import { isDiskFull } from "./disk-full.js";

it("a full disk is recognised by code, by words, and as a cause", () => {
  const full = Object.assign(new Error("write failed"), { code: "ENOSPC" });
  expect(isDiskFull(full)).toBe(true);
  expect(isDiskFull(new Error("upload failed", { cause: full }))).toBe(true);
  expect(isDiskFull(new Error("ENOSPC: no space left on device, write"))).toBe(true);
  expect(isDiskFull(new Error("connection refused"))).toBe(false);
  expect(isDiskFull("ENOSPC")).toBe(false);
});
