import { randomUUID } from "node:crypto";
import { describe, expect, it, vi } from "vitest";
import { data_processing, tenant_management } from "~encore/clients";
import { newCaller } from "../../shared/__tests__/callers.js";
import { newEvent } from "../../shared/events/envelope.js";
import { systemIdentity } from "../../shared/tenancy/identity.js";
import { db } from "../db.js";
import { requestDeletion } from "../domain/delete-tenant.js";
import { purgingServices, receivePurged, requestDuePurges } from "../domain/purge-tenant.js";

async function newTenant() {
  const authData = newCaller("tenant:manage", "source:manage");
  const { tenantId } = authData;
  const slug = `t-${randomUUID()}`;
  const request = { tenantId, slug, name: "Acme", ownerId: authData.userID };
  const tenant = await tenant_management.provisionTenant(request);
  return { authData, tenantId, slug, request, tenant };
}

describe("provisioning", () => {
  it("makes the organization's tenant once, under its id", async () => {
    const { request, tenant, tenantId, slug } = await newTenant();
    expect(tenant).toMatchObject({ id: tenantId, slug, name: "Acme", status: "active" });
    const again = await Promise.all([1, 2, 3].map(() => tenant_management.provisionTenant(request)));
    expect(again).toEqual([tenant, tenant, tenant]);
  });

  it("refuses a slug that another tenant has", async () => {
    const { slug } = await newTenant();
    const other = { tenantId: randomUUID(), slug, name: "Other", ownerId: "ada" };
    await expect(tenant_management.provisionTenant(other)).rejects.toMatchObject({
      code: "already_exists",
      details: { reason: "slug_taken" },
    });
  });
});

describe("a tenant's policy", () => {
  it("follows plan, suspension, origins and conversion settings", async () => {
    const { authData, tenantId } = await newTenant();
    await tenant_management.setTenantPlan({ tenantId, plan: "team" });
    await tenant_management.suspendTenant({ tenantId }, { authData });
    const origins = ["https://app.example.com"];
    await tenant_management.setCorsOrigins({ tenantId, origins }, { authData });
    await tenant_management.updateConversionConfig({ tenantId, batchSize: 7 }, { authData });
    expect(await tenant_management.getTenantPolicy({ tenantId })).toMatchObject({
      status: "suspended",
      plan: "team",
      limits: { rules: 500 },
      corsOrigins: origins,
      conversion: { batchSize: 7 },
    });
    await tenant_management.resumeTenant({ tenantId }, { authData });
    expect((await tenant_management.getTenantPolicy({ tenantId })).status).toBe("active");
  });

  it("of one tenant cannot be changed by another", async () => {
    const { tenantId, slug } = await newTenant();
    const { authData } = await newTenant();
    const attempts = [
      () => tenant_management.updateTenant({ tenantId, name: "Mine" }, { authData }),
      () => tenant_management.suspendTenant({ tenantId }, { authData }),
      () => tenant_management.resumeTenant({ tenantId }, { authData }),
      () => tenant_management.getCorsOrigins({ tenantId }, { authData }),
      () => tenant_management.setCorsOrigins({ tenantId, origins: [] }, { authData }),
      () => tenant_management.requestTenantDeletion({ tenantId, confirmSlug: slug }, { authData }),
      () => tenant_management.getTenantDeletion({ tenantId }, { authData }),
      () => tenant_management.cancelTenantDeletion({ tenantId }, { authData }),
      () => tenant_management.startTenantExport({ tenantId }, { authData }),
      () => tenant_management.listTenantExports({ tenantId }, { authData }),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ code: "not_found" });
  });

  it("frees the old slug when it changes", async () => {
    const { authData, tenantId, slug } = await newTenant();
    await tenant_management.updateTenant({ tenantId, slug: `${slug}-2` }, { authData });
    const heir = { tenantId: randomUUID(), slug, name: "Heir", ownerId: "ada" };
    expect(await tenant_management.provisionTenant(heir)).toMatchObject({ slug });
  });
});

describe("deletion", () => {
  it("needs the slug, waits for the grace period, and can be taken back until then", async () => {
    const { authData, tenantId, slug } = await newTenant();
    const wrong = tenant_management.requestTenantDeletion({ tenantId, confirmSlug: "x" }, { authData });
    await expect(wrong).rejects.toMatchObject({ code: "invalid_argument" });
    const asked = await tenant_management.requestTenantDeletion(
      { tenantId, confirmSlug: slug },
      { authData },
    );
    expect(asked.purgeAt.getTime() - asked.requestedAt.getTime()).toBeGreaterThan(6 * 86_400_000);
    expect((await tenant_management.getTenantPolicy({ tenantId })).status).toBe("deleting");
    await tenant_management.cancelTenantDeletion({ tenantId }, { authData });
    expect((await tenant_management.getTenantPolicy({ tenantId })).status).toBe("active");
    const gone = tenant_management.getDeletionReceipt({ receiptId: asked.receiptId });
    await expect(gone).rejects.toMatchObject({ code: "not_found" });
  });

  it("removes everything once the services have answered, twice or once, and leaves a receipt", async () => {
    const { authData, tenantId, slug, request } = await newTenant();
    await tenant_management.createDataSource(
      { tenantId, name: "crm", url: "postgres://ada:hunter2@db.example.com/crm" },
      { authData },
    );
    const { receiptId } = await requestDeletion(db, authData, { confirmSlug: slug, graceDays: 0 });
    await requestDuePurges(db);
    const services = purgingServices;
    const answers = services.map((service) =>
      newEvent(
        { type: "tenant-data-purged" as const, service, counts: { things: 2 } },
        { tenantId, userId: "system" },
      ),
    );
    for (const answer of answers) {
      await receivePurged(db, answer, async () => 0);
      await receivePurged(db, answer, async () => 0);
    }
    const receipt = await tenant_management.getDeletionReceipt({ receiptId });
    expect(receipt.state).toBe("completed");
    expect(receipt.services.map(({ service }) => service).sort()).toEqual(
      [...services, "tenant-management"].sort(),
    );
    const own = receipt.services.find(({ service }) => service === "tenant-management");
    expect(own?.counts).toMatchObject({ tenants: 1, data_sources: 1 });
    expect((await tenant_management.getTenantPolicy({ tenantId })).status).toBe("deleted");
    await expect(tenant_management.provisionTenant(request)).rejects.toMatchObject({
      details: { reason: "tenant_deleted" },
    });
    const heir = { ...request, tenantId: randomUUID() };
    expect(await tenant_management.provisionTenant(heir)).toMatchObject({ slug });
  });

  it("shows its receipt to nobody without the whole id", async () => {
    const { authData, tenantId, slug } = await newTenant();
    await tenant_management.requestTenantDeletion({ tenantId, confirmSlug: slug }, { authData });
    for (const receiptId of [tenantId, `${tenantId}.`, `${tenantId}.${randomUUID()}`, "x"]) {
      const reading = tenant_management.getDeletionReceipt({ receiptId });
      await expect(reading).rejects.toMatchObject({ code: "not_found" });
    }
  });
});

describe("an export", () => {
  it("holds what the services hold of the tenant, and no secret", async () => {
    const { authData, tenantId } = await newTenant();
    const url = "postgres://ada:hunter2@db.example.com/crm";
    await tenant_management.createDataSource({ tenantId, name: "crm", url }, { authData });
    await data_processing.createWorkspaceEntity(
      { name: "cities", fields: [{ name: "id", type: "bigint" }], primaryKey: ["id"] },
      { authData: systemIdentity(tenantId) },
    );
    const { id: exportId } = await tenant_management.startTenantExport({ tenantId }, { authData });
    await vi.waitFor(
      async () => {
        const { state } = await tenant_management.getTenantExport({ tenantId, exportId }, { authData });
        expect(state).toBe("completed");
      },
      { timeout: 30_000, interval: 100 },
    );
    const part = { tenantId, exportId, part: 1 };
    const { lines } = await tenant_management.readTenantExportPart(part, { authData });
    const items = lines
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(items).toContainEqual(
      expect.objectContaining({ service: "tenant-management", kind: "data-source" }),
    );
    expect(lines).not.toMatch(/hunter2|sealed/);
    const stranger = newCaller("tenant:manage");
    const foreign = { ...part, tenantId: stranger.tenantId };
    const reading = tenant_management.readTenantExportPart(foreign, { authData: stranger });
    await expect(reading).rejects.toMatchObject({ code: "not_found" });
    await tenant_management.deleteTenantExport({ tenantId, exportId }, { authData });
    const rest = await tenant_management.listTenantExports({ tenantId }, { authData });
    expect(rest.exports).toEqual([]);
  });
});
