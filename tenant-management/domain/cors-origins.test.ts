import { describe, expect, it } from "vitest";
import { requireOrigins } from "./cors-origins.js";

describe("origins of pages that may call", () => {
  it("are kept as browsers send them, each once", () => {
    const given = ["https://app.example.com", "https://APP.example.com/", "http://localhost:5173"];
    expect(requireOrigins(given)).toEqual(["https://app.example.com", "http://localhost:5173"]);
  });

  it.each([
    "*",
    "null",
    "",
    "https://*.example.com",
    "http://example.com",
    "https://example.com/page",
    "https://user:secret@example.com",
    "https://example.com?x=1",
    "ftp://example.com",
    `https://${"a".repeat(300)}.com`,
  ])("are never %j", (origin) => {
    expect(() => requireOrigins(["https://fine.example.com", origin])).toThrow("origins[1]");
  });

  it("are 50 at most", () => {
    const many = Array.from({ length: 51 }, (_, number) => `https://a${number}.example.com`);
    expect(requireOrigins(many.slice(1))).toHaveLength(50);
    expect(() => requireOrigins(many)).toThrow("50 at most");
  });
});
