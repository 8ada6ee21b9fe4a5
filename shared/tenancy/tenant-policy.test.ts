import { describe, expect, it } from "vitest";
import type { TenantPolicy } from "../../tenant-management/types.js";
import { requireActiveTenant, requireWithinQuota, TenantPolicyCache } from "./tenant-policy.js";

function policyOf(tenantId: string, status: TenantPolicy["status"] = "active"): TenantPolicy {
  return {
    tenantId,
    status,
    plan: "free",
    limits: {
      requestsPerMinute: 1,
      rules: 1,
      rowsPerJob: 1,
      eventsPerMinute: 1,
      retentionDays: 1,
      members: 1,
      apiKeys: 1,
    },
    corsOrigins: [],
    conversion: { automaticConversion: false, batchSize: 500, maxConcurrentJobs: 2 },
  };
}

function world(options: { maxEntries?: number } = {}) {
  const state = { now: 1_000_000, fetched: [] as string[], down: false };
  const cache = new TenantPolicyCache({
    now: () => state.now,
    fetch: async (tenantId) => {
      state.fetched.push(tenantId);
      if (state.down) throw new Error("down");
      return policyOf(tenantId);
    },
    ...options,
  });
  return { state, cache };
}

describe("the cache of tenants' policies", () => {
  it("asks once for callers at the same time, and again after a second", async () => {
    const { state, cache } = world();
    await Promise.all([cache.get("a"), cache.get("a"), cache.get("a")]);
    state.now += 999;
    await cache.get("a");
    expect(state.fetched).toEqual(["a"]);
    state.now += 1;
    await cache.get("a");
    expect(state.fetched).toEqual(["a", "a"]);
  });

  it("keeps the last known copy while tenant-management is down, for ten minutes", async () => {
    const { state, cache } = world();
    await cache.get("a");
    state.down = true;
    state.now += 599_999;
    expect(await cache.get("a")).toMatchObject({ tenantId: "a" });
    state.now += 2_000;
    await expect(cache.get("a")).rejects.toThrow("down");
  });

  it("asks a server that is down once a second", async () => {
    const { state, cache } = world();
    await cache.get("a");
    state.down = true;
    state.now += 5_000;
    await cache.get("a");
    await cache.get("a");
    expect(state.fetched).toEqual(["a", "a"]);
  });

  it("keeps no more tenants than it may, those asked for last", async () => {
    const { state, cache } = world({ maxEntries: 2 });
    for (const tenant of ["a", "b", "a", "c", "a", "b"]) await cache.get(tenant);
    expect(state.fetched).toEqual(["a", "b", "c", "b"]);
  });

  it("gives up on an answer that does not come", async () => {
    const cache = new TenantPolicyCache({ fetch: () => new Promise(() => {}), timeoutMs: 1 });
    await expect(cache.get("a")).rejects.toMatchObject({ code: "unavailable" });
  });
});

describe("what a policy forbids", () => {
  it.each([
    ["suspended", "tenant_suspended"],
    ["deleting", "tenant_deleted"],
    ["deleted", "tenant_deleted"],
  ] as const)("a tenant that is %s", (status, reason) => {
    expect(() => requireActiveTenant({ status })).toThrow(
      expect.objectContaining({ code: "permission_denied", details: { reason } }),
    );
  });

  it("what is more than the limit, naming limit and use", () => {
    requireWithinQuota({ name: "rules", limit: 2, used: 1 });
    expect(() => requireWithinQuota({ name: "rules", limit: 2, used: 2 })).toThrow(
      expect.objectContaining({
        code: "resource_exhausted",
        details: { reason: "quota_exceeded", limit: 2, used: 2 },
      }),
    );
  });
});
