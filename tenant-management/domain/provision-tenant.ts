import { eq } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { violatedConstraint } from "../../shared/database/violations.js";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import type { Db } from "../db.js";
import { tenantDeletions, tenantSlugs, tenants } from "../schema.js";
import type { ProvisionTenantRequest, Tenant, TenantPlan } from "../types.js";
import { tellOfTenant } from "./tenant-events.js";
import { requireName, requireSlug, toTenant } from "./tenants.js";

/**
 * The tenant of an organization, made where there is none; a second call changes nothing. Throws `alreadyExists`
 * where another tenant has the slug, and `failedPrecondition` for an organization that was deleted.
 */
export async function provisionTenant(
  db: Db,
  request: ProvisionTenantRequest & { plan: TenantPlan },
): Promise<Tenant> {
  const { tenantId, ownerId, plan } = request;
  if (tenantId === "" || tenantId.length > 100) {
    throw APIError.invalidArgument("tenantId: 1 to 100 characters.");
  }
  const slug = requireSlug(request.slug);
  const name = requireName(request.name);
  try {
    return await withTenant(db, tenantId, async (tx) => {
      const [known] = await tx.select().from(tenants).where(eq(tenants.id, tenantId));
      if (known !== undefined) return toTenant(known);
      const deletions = await tx
        .select({ tenantId: tenantDeletions.tenantId })
        .from(tenantDeletions)
        .where(eq(tenantDeletions.tenantId, tenantId));
      if (deletions.length > 0) {
        throw APIError.failedPrecondition("The organization was deleted.").withDetails({
          reason: "tenant_deleted",
        });
      }
      await tx.insert(tenantSlugs).values({ slug, tenantId });
      const [row] = await tx.insert(tenants).values({ id: tenantId, slug, name, plan, ownerId }).returning();
      await tellOfTenant(
        tx,
        { tenantId, userID: ownerId },
        {
          event: { type: "tenant-created", slug, name, plan },
          action: "tenant-created",
          details: { slug, name, plan },
        },
      );
      return toTenant(row!);
    });
  } catch (error) {
    switch (violatedConstraint(error)) {
      case "tenant_slugs_pkey":
        throw APIError.alreadyExists(`slug: the name "${slug}" is taken.`).withDetails({
          reason: "slug_taken",
        });
      case "tenant_slugs_tenant_id_unique":
      case "tenants_pkey":
        return await madeMeanwhile(db, tenantId);
      default:
        throw error;
    }
  }
}

async function madeMeanwhile(db: Db, tenantId: string): Promise<Tenant> {
  const [row] = await withTenant(db, tenantId, (tx) =>
    tx.select().from(tenants).where(eq(tenants.id, tenantId)),
  );
  if (row === undefined) throw APIError.aborted("The organization is being made by another call; try again.");
  return toTenant(row);
}
