import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { setTenant, withTenant } from "../../shared/tenancy/with-tenant.js";
import type { Db } from "../db.js";
import { tenantSlugs, tenants } from "../schema.js";
import type { Tenant } from "../types.js";

const slugPattern = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** The tenant with this slug, created where there is none. Two callers at once get the same one. */
export async function ensureTenant(db: Db, request: { slug: string; name?: string }): Promise<Tenant> {
  const { slug } = request;
  if (!slugPattern.test(slug)) {
    throw APIError.invalidArgument(
      "slug: lower-case letters, digits and hyphens, at most 63, starting with a letter or digit.",
    );
  }
  return await db.transaction(async (tx) => {
    const created = await tx
      .insert(tenantSlugs)
      .values({ slug, tenantId: randomUUID() })
      .onConflictDoNothing({ target: tenantSlugs.slug })
      .returning();
    const [entry] =
      created.length > 0 ? created : await tx.select().from(tenantSlugs).where(eq(tenantSlugs.slug, slug));
    if (entry === undefined) throw APIError.aborted(`The slug "${slug}" was just released; try again.`);
    await setTenant(tx, entry.tenantId);
    if (created.length > 0) {
      await tx.insert(tenants).values({ id: entry.tenantId, slug, name: request.name ?? slug });
    }
    return await readTenant(tx, entry.tenantId);
  });
}

/** The tenant with this id. Throws `notFound`. */
export async function getTenant(db: Db, tenantId: string): Promise<Tenant> {
  return await withTenant(db, tenantId, (tx) => readTenant(tx, tenantId));
}

async function readTenant(tx: Db, tenantId: string): Promise<Tenant> {
  const [row] = await tx.select().from(tenants).where(eq(tenants.id, tenantId));
  if (row === undefined) throw APIError.notFound("No such tenant.");
  return row satisfies Tenant;
}
