import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { tenant_management } from "~encore/clients";
import { newCaller } from "../../shared/__tests__/callers.js";
import { parseServiceKey, type ServiceKey } from "../../shared/secrets/service-keys.js";
import { db } from "../db.js";
import {
  createDataSource,
  getDataSource,
  resolveDataSource,
  updateDataSource,
} from "../domain/data-sources.js";
import { rotateSourceKeys } from "../domain/rotate-source-keys.js";

const newKey = (): ServiceKey => parseServiceKey("K", randomBytes(32).toString("base64"));
const ring = (current: ServiceKey, ...older: ServiceKey[]) => ({ current, all: [current, ...older] });

async function withSource(key: ServiceKey) {
  const { userID, tenantId } = newCaller("source:manage");
  const slug = `keys-${randomBytes(6).toString("hex")}`;
  await tenant_management.provisionTenant({ tenantId, slug, name: "Acme", ownerId: userID });
  const url = "postgres://ada:hunter2@localhost/crm";
  await createDataSource(db, ring(key), { tenantId, userID, name: "crm", url });
  return { tenantId, userID, url };
}

it("encrypts anew under the current key, after which the old one can go", async () => {
  const [old, current] = [newKey(), newKey()];
  const { tenantId, url } = await withSource(old);
  await rotateSourceKeys(db, ring(current, old));
  expect((await getDataSource(db, tenantId, "crm")).keyId).toBe(current.id);
  expect(await resolveDataSource(db, ring(current), tenantId, "crm")).toMatchObject({ url });
  await expect(resolveDataSource(db, ring(old), tenantId, "crm")).rejects.toMatchObject({
    details: { reason: "data_source_key_changed" },
  });
});

it("encrypts anew at the next write", async () => {
  const [old, current] = [newKey(), newKey()];
  const { tenantId, userID, url } = await withSource(old);
  await updateDataSource(db, ring(current, old), { tenantId, userID, source: "crm", readOnly: true });
  expect(await resolveDataSource(db, ring(current), tenantId, "crm")).toMatchObject({ url, readOnly: true });
});

it("leaves and counts what no configured key opens", async () => {
  const lost = newKey();
  const { tenantId } = await withSource(lost);
  const { unreadable } = await rotateSourceKeys(db, ring(newKey()));
  expect(unreadable).toBeGreaterThanOrEqual(1);
  expect((await getDataSource(db, tenantId, "crm")).keyId).toBe(lost.id);
});
