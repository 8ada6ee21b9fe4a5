import { describe, expect, it } from "vitest";
import { VerificationCache } from "./verification-cache.js";

function cacheOf(maxEntries = 10) {
  const asked: string[] = [];
  const clock = { now: 0 };
  const cache = new VerificationCache<string>({
    verify: async (credential) => {
      asked.push(credential);
      if (credential === "forged") throw new Error("forged");
      return `user of ${credential}`;
    },
    keyOf: (credential) => credential,
    maxAgeMs: 5_000,
    maxEntries,
    now: () => clock.now,
  });
  return { cache, asked, clock };
}

describe("verification cache", () => {
  it("asks once for requests at the same time and shortly after", async () => {
    const { cache, asked, clock } = cacheOf();
    await Promise.all([cache.get("a"), cache.get("a")]);
    clock.now = 4_999;
    expect(await cache.get("a")).toBe("user of a");
    expect(asked).toEqual(["a"]);
  });

  it("asks again after the time it may hold", async () => {
    const { cache, asked, clock } = cacheOf();
    await cache.get("a");
    clock.now = 5_000;
    await cache.get("a");
    expect(asked).toEqual(["a", "a"]);
  });

  it("does not remember a rejection", async () => {
    const { cache, asked } = cacheOf();
    await expect(cache.get("forged")).rejects.toThrow("forged");
    await expect(cache.get("forged")).rejects.toThrow("forged");
    expect(asked).toEqual(["forged", "forged"]);
  });

  it("forgets the oldest answer when it is full", async () => {
    const { cache, asked } = cacheOf(2);
    for (const credential of ["a", "b", "c", "b", "a"]) await cache.get(credential);
    expect(asked).toEqual(["a", "b", "c", "a"]);
  });
});
