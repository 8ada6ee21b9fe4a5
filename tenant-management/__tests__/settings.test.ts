import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { tenant_management } from "~encore/clients";
import { newCaller } from "../../shared/__tests__/callers.js";

function newTenant(slug: string) {
  return tenant_management.provisionTenant({ tenantId: randomUUID(), slug, name: "Acme", ownerId: "ada" });
}

describe("tenants", () => {
  it.each(["", "Demo", "-demo", "a b", "д", "a".repeat(64)])("refuse the slug %j", async (slug) => {
    await expect(newTenant(slug)).rejects.toMatchObject({
      code: "invalid_argument",
    });
  });

  it("do not exist for the members of another", async () => {
    const { id: tenantId } = await newTenant(`t-${randomUUID()}`);
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
    const defaults = { tenantId, automaticConversion: true, batchSize: 2_500, maxConcurrentJobs: 2 };
    expect(await tenant_management.getConversionConfig({ tenantId }, { authData })).toEqual(defaults);
    await tenant_management.updateConversionConfig({ tenantId, batchSize: 100 }, { authData });
    await tenant_management.updateConversionConfig({ tenantId, automaticConversion: false }, { authData });
    expect(await tenant_management.getConversionConfig({ tenantId }, { authData })).toMatchObject({
      automaticConversion: false,
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
  it("have defaults until they are changed, one by one", async () => {
    const authData = newCaller("notification:manage");
    const { tenantId } = authData;
    const defaults = await tenant_management.getNotificationSettings({ tenantId }, { authData });
    expect(defaults).toMatchObject({ tenantId, inApp: true, email: false, digest: "off", timeZone: "UTC" });
    expect(defaults.events).toContain("conversion-failed");
    const quietHours = { start: "22:00", end: "07:00", timeZone: "Europe/Berlin" };
    const events = ["job-failed", "job-failed", "rule-updated"];
    await tenant_management.updateNotificationSettings({ tenantId, events }, { authData });
    await tenant_management.updateNotificationSettings({ tenantId, quietHours, email: true }, { authData });
    const changed = await tenant_management.getNotificationSettings({ tenantId }, { authData });
    expect(changed).toMatchObject({
      inApp: true,
      email: true,
      events: ["job-failed", "rule-updated"],
      quietHours,
      updatedBy: authData.userID,
    });
    await tenant_management.updateNotificationSettings({ tenantId, quietHours: null }, { authData });
    const loud = await tenant_management.getNotificationSettings({ tenantId }, { authData });
    expect(loud.quietHours).toBeUndefined();
  });

  const recipients = { roles: [], userIds: [], addresses: [] };
  it.each([
    ["events[0]", { events: ["Job Failed"] }],
    ["ruleIds[0]", { ruleIds: ["x"] }],
    ["quietHours.start", { quietHours: { start: "24:00", end: "07:00" } }],
    ["quietHours.end", { quietHours: { start: "07:00", end: "07:00" } }],
    ["quietHours.timeZone", { quietHours: { start: "22:00", end: "07:00", timeZone: "Mars/Olympus" } }],
    ["digestHour", { digestHour: 24 }],
    ["timeZone", { timeZone: "" }],
    ["recipients.addresses[0]", { recipients: { ...recipients, addresses: ["nobody"] } }],
    ["recipients.addresses", { recipients: { ...recipients, addresses: Array(21).fill("a@example.com") } }],
    ["eventSettings[0]", { eventSettings: { "No Event": {} } }],
    ["eventSettings.job-failed.ruleIds[0]", { eventSettings: { "job-failed": { ruleIds: [""] } } }],
  ])("refuse a wrong %s", async (field, change) => {
    const authData = newCaller("notification:manage");
    const { tenantId } = authData;
    const update = tenant_management.updateNotificationSettings({ tenantId, ...change }, { authData });
    await expect(update).rejects.toMatchObject({ code: "invalid_argument", details: { field } });
  });
});
