import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { tenant_management } from "~encore/clients";
import { newCaller } from "../../shared/__tests__/callers.js";

describe("tenants", () => {
  it("are made once for a slug, also by callers at the same time", async () => {
    const slug = `t-${randomUUID()}`;
    const made = await Promise.all(Array.from({ length: 5 }, () => tenant_management.ensureTenant({ slug })));
    expect(new Set(made.map((tenant) => tenant.id)).size).toBe(1);
    expect(made[0]).toMatchObject({ slug, name: slug, plan: "enterprise", status: "active" });
  });

  it.each(["", "Demo", "-demo", "a b", "д", "a".repeat(64)])("refuse the slug %j", async (slug) => {
    await expect(tenant_management.ensureTenant({ slug })).rejects.toMatchObject({
      code: "invalid_argument",
    });
  });

  it("do not exist for the members of another", async () => {
    const { id: tenantId } = await tenant_management.ensureTenant({ slug: `t-${randomUUID()}` });
    const own = { ...newCaller("schema:read"), tenantId };
    expect((await tenant_management.getTenant({ tenantId }, { authData: own })).id).toBe(tenantId);
    const foreign = tenant_management.getTenant({ tenantId }, { authData: newCaller("schema:read") });
    await expect(foreign).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("conversion settings", () => {
  it("have defaults until they are changed, one by one", async () => {
    const authData = newCaller("tenant:manage");
    const { tenantId } = authData;
    const defaults = { tenantId, automaticConversion: false, batchSize: 5_000, maxConcurrentJobs: 2 };
    expect(await tenant_management.getConversionConfig({ tenantId }, { authData })).toEqual(defaults);
    await tenant_management.updateConversionConfig({ tenantId, batchSize: 100 }, { authData });
    await tenant_management.updateConversionConfig({ tenantId, automaticConversion: true }, { authData });
    expect(await tenant_management.getConversionConfig({ tenantId }, { authData })).toMatchObject({
      automaticConversion: true,
      batchSize: 100,
      maxConcurrentJobs: 2,
      updatedBy: authData.userID,
    });
  });

  it.each([{ batchSize: 0 }, { batchSize: 5_001 }, { batchSize: 1.5 }, { maxConcurrentJobs: 21 }])(
    "refuse %j",
    async (change) => {
      const authData = newCaller("tenant:manage");
      const { tenantId } = authData;
      const update = tenant_management.updateConversionConfig({ tenantId, ...change }, { authData });
      await expect(update).rejects.toMatchObject({ code: "invalid_argument" });
    },
  );

  it("of one tenant do not exist for another", async () => {
    const { tenantId } = newCaller();
    const authData = newCaller("tenant:manage");
    const attempts = [
      () => tenant_management.getConversionConfig({ tenantId }, { authData }),
      () => tenant_management.updateConversionConfig({ tenantId, batchSize: 1 }, { authData }),
      () => tenant_management.getNotificationSettings({ tenantId }, { authData }),
      () => tenant_management.updateNotificationSettings({ tenantId, inApp: false }, { authData }),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("notification settings", () => {
  it("let everything through until they are changed", async () => {
    const authData = newCaller("notification:manage");
    const { tenantId } = authData;
    const events = ["conversion-failed", "job-completed", "job-failed", "dead-letter"];
    const defaults = await tenant_management.getNotificationSettings({ tenantId }, { authData });
    expect(defaults).toEqual({ tenantId, inApp: true, events });
    const change = { tenantId, events: ["job-failed" as const, "job-failed" as const] };
    await tenant_management.updateNotificationSettings(change, { authData });
    const changed = await tenant_management.getNotificationSettings({ tenantId }, { authData });
    expect(changed).toMatchObject({ inApp: true, events: ["job-failed"], updatedBy: authData.userID });
  });
});
