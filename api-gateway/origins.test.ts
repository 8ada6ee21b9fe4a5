import { describe, expect, it } from "vitest";
import { isAllowedPage, isTrustedOrigin, type PageRequest } from "./origins.js";

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

const allowed = (
  headers: Record<string, string>,
  request: Partial<Pick<PageRequest, "method" | "byCookie" | "tenantOrigins">> = {},
) =>
  isAllowedPage({
    method: "GET",
    byCookie: false,
    tenantOrigins: [],
    trustedOrigins: async () => trusted,
    ...request,
    headers: { host: "api.example.com", ...headers },
  });

const shop = { origin: "https://shop.example" };
const named = { tenantOrigins: ["https://shop.example"] };

describe("a page that calls with a token", () => {
  it("may be any while the tenant names no origins", async () => {
    expect(await allowed(shop)).toBe(true);
    expect(await allowed(shop, { method: "POST" })).toBe(true);
  });

  it("must be a named, trusted or own one when it does", async () => {
    expect(await allowed(shop, named)).toBe(true);
    expect(await allowed({ origin: "https://api.example.com" }, named)).toBe(true);
    expect(await allowed({ origin: "https://app.example.com" }, named)).toBe(true);
    expect(await allowed({ origin: "https://other.example" }, named)).toBe(false);
    expect(await allowed({ origin: "null" }, named)).toBe(false);
  });

  it("is none where there is no Origin: no browser is in play", async () => {
    expect(await allowed({}, { method: "POST", ...named })).toBe(true);
  });
});

describe("a session's cookie", () => {
  it.each(["GET", "POST"])(
    "counts for %s from the API's own, trusted and named pages alone",
    async (method) => {
      const cookie = { method, byCookie: true };
      expect(await allowed({ origin: "https://api.example.com" }, cookie)).toBe(true);
      expect(await allowed({ origin: "https://app.example.com" }, cookie)).toBe(true);
      expect(await allowed(shop, { ...cookie, ...named })).toBe(true);
      expect(await allowed(shop, cookie)).toBe(false);
      expect(await allowed({ origin: "null" }, cookie)).toBe(false);
    },
  );

  it("changes nothing without an Origin", async () => {
    expect(await allowed({}, { method: "POST", byCookie: true })).toBe(false);
  });

  it("does not read for another page of the site, which sends no Origin with some requests", async () => {
    const asked = (site: string, mode = "no-cors", dest = "image") =>
      allowed({ "sec-fetch-site": site, "sec-fetch-mode": mode, "sec-fetch-dest": dest }, { byCookie: true });
    expect(await asked("same-site")).toBe(false);
    expect(await asked("cross-site")).toBe(false);
    expect(await asked("cross-site", "navigate", "iframe")).toBe(false);
    expect(await asked("cross-site", "navigate", "document")).toBe(true);
    expect(await asked("same-origin")).toBe(true);
    expect(await asked("none", "navigate", "document")).toBe(true);
    expect(await allowed({}, { byCookie: true })).toBe(true);
  });
});
