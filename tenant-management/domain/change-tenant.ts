import { eq } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { violatedConstraint } from "../../shared/database/violations.js";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import type { Db } from "../db.js";
import { tenantSlugs, tenants } from "../schema.js";
import type { CorsOrigins, Tenant, TenantPlan } from "../types.js";
import { requireOrigins } from "./cors-origins.js";
import { type TenantActor, tellOfTenant } from "./tenant-events.js";
import { findTenant, requireName, requireSlug, toTenant } from "./tenants.js";

/** Changes name and slug where they are given. The old slug is free at once. Throws `alreadyExists` for a taken one. */
export async function updateTenant(
  db: Db,
  actor: TenantActor,
  change: { slug?: string; name?: string },
): Promise<Tenant> {
  const { tenantId } = actor;
  const slug = change.slug === undefined ? undefined : requireSlug(change.slug);
  const name = change.name === undefined ? undefined : requireName(change.name);
  try {
    return await withTenant(db, tenantId, async (tx) => {
      const before = await findTenant(tx, tenantId, "for-update");
      const after = { slug: slug ?? before.slug, name: name ?? before.name };
      if (after.slug === before.slug && after.name === before.name) return toTenant(before);
      await tx.update(tenantSlugs).set({ slug: after.slug }).where(eq(tenantSlugs.tenantId, tenantId));
      const [row] = await tx.update(tenants).set(after).where(eq(tenants.id, tenantId)).returning();
      await tellOfTenant(tx, actor, {
        event: { type: "tenant-updated", changed: "profile", ...after },
        action: "tenant-updated",
        details: { before: { slug: before.slug, name: before.name }, after },
      });
      return toTenant(row!);
    });
  } catch (error) {
    if (violatedConstraint(error) !== "tenant_slugs_pkey") throw error;
    throw APIError.alreadyExists(`slug: the name "${slug}" is taken.`).withDetails({ reason: "slug_taken" });
  }
}

/** Gives the tenant another plan. */
export async function setTenantPlan(db: Db, actor: TenantActor, plan: TenantPlan): Promise<Tenant> {
  const { tenantId } = actor;
  return await withTenant(db, tenantId, async (tx) => {
    const before = await findTenant(tx, tenantId, "for-update");
    if (before.plan === plan) return toTenant(before);
    const [row] = await tx.update(tenants).set({ plan }).where(eq(tenants.id, tenantId)).returning();
    await tellOfTenant(tx, actor, {
      event: { type: "tenant-updated", changed: "plan" },
      action: "tenant-plan-changed",
      details: { before: { plan: before.plan }, after: { plan } },
    });
    return toTenant(row!);
  });
}

/** Suspends the tenant, or lets it go on. Doing it again changes nothing. */
export async function setSuspended(db: Db, actor: TenantActor, suspended: boolean): Promise<Tenant> {
  const { tenantId } = actor;
  const status = suspended ? ("suspended" as const) : ("active" as const);
  return await withTenant(db, tenantId, async (tx) => {
    const before = await findTenant(tx, tenantId, "for-update");
    if (before.status === status) return toTenant(before);
    const [row] = await tx.update(tenants).set({ status }).where(eq(tenants.id, tenantId)).returning();
    const type = suspended ? ("tenant-suspended" as const) : ("tenant-resumed" as const);
    await tellOfTenant(tx, actor, {
      event: { type },
      action: type,
      details: { before: { status: before.status }, after: { status } },
    });
    return toTenant(row!);
  });
}

/** Origins whose pages may call the API. Throws `notFound`. */
export async function getCorsOrigins(db: Db, tenantId: string): Promise<CorsOrigins> {
  const { corsOrigins } = await withTenant(db, tenantId, (tx) => findTenant(tx, tenantId));
  return { tenantId, origins: corsOrigins };
}

/** Replaces the origins whose pages may call the API. Throws `invalidArgument` for what is none. */
export async function setCorsOrigins(db: Db, actor: TenantActor, given: string[]): Promise<CorsOrigins> {
  const { tenantId } = actor;
  const origins = requireOrigins(given);
  return await withTenant(db, tenantId, async (tx) => {
    const before = await findTenant(tx, tenantId, "for-update");
    await tx.update(tenants).set({ corsOrigins: origins }).where(eq(tenants.id, tenantId));
    await tellOfTenant(tx, actor, {
      event: { type: "tenant-updated", changed: "cors-origins" },
      action: "cors-origins-updated",
      details: { before: { origins: before.corsOrigins }, after: { origins } },
    });
    return { tenantId, origins };
  });
}
