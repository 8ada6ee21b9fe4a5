import { and, asc, eq, gt, ne } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import type { Db } from "../db.js";
import { dataSources, tenantSlugs } from "../schema.js";
import type { RotateDataSourceKeysResponse } from "../types.js";
import { type KeyRing, openUrl, sealUrl } from "./source-keys.js";

const tenantsAtATime = 500;

/**
 * Encrypts every data source anew that is not under the current key. When none is left, the old key can go. Sources of
 * a key that is not configured stay as they are and are counted.
 */
export async function rotateSourceKeys(db: Db, keys: KeyRing): Promise<RotateDataSourceKeysResponse> {
  const result = { keyId: keys.current.id, resealed: 0, unreadable: 0 };
  for (let after = ""; ; ) {
    const page = await db
      .select()
      .from(tenantSlugs)
      .where(gt(tenantSlugs.tenantId, after))
      .orderBy(asc(tenantSlugs.tenantId))
      .limit(tenantsAtATime);
    for (const { tenantId } of page) {
      const { resealed, unreadable } = await rotateTenant(db, keys, tenantId);
      result.resealed += resealed;
      result.unreadable += unreadable;
    }
    const last = page.at(-1);
    if (last === undefined || page.length < tenantsAtATime) return result;
    after = last.tenantId;
  }
}

async function rotateTenant(db: Db, keys: KeyRing, tenantId: string) {
  return await withTenant(db, tenantId, async (tx) => {
    const rows = await tx
      .select()
      .from(dataSources)
      .where(and(eq(dataSources.tenantId, tenantId), ne(dataSources.keyId, keys.current.id)))
      .for("update");
    const count = { resealed: 0, unreadable: 0 };
    for (const row of rows) {
      const url = readable(keys, row);
      if (url === undefined) {
        count.unreadable += 1;
        continue;
      }
      await tx
        .update(dataSources)
        .set(sealUrl(keys, { tenantId, id: row.id, url }))
        .where(and(eq(dataSources.tenantId, tenantId), eq(dataSources.id, row.id)));
      count.resealed += 1;
    }
    return count;
  });
}

function readable(keys: KeyRing, row: typeof dataSources.$inferSelect): string | undefined {
  try {
    return openUrl(keys, row);
  } catch (error) {
    if (error instanceof APIError && error.details?.reason === "data_source_key_changed") return undefined;
    throw error;
  }
}
