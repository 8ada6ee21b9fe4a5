import { describe, expect, it } from "vitest";
import { isTrustedOrigin } from "./origins.js";

const trusted = ["https://app.example.com", "http://localhost:*"];

describe("a trusted origin", () => {
  it("is a listed one, or one whose host is listed with any port", () => {
    expect(isTrustedOrigin("https://app.example.com", trusted)).toBe(true);
    expect(isTrustedOrigin("http://localhost:5173", trusted)).toBe(true);
  });

  it.each([
    undefined,
    "null",
    "https://app.example.com.evil.example",
    "http://app.example.com",
    "https://app.example.com:444",
    "http://localhost.evil.example:5173",
  ])("is not %s", (origin) => {
    expect(isTrustedOrigin(origin, trusted)).toBe(false);
  });
});
