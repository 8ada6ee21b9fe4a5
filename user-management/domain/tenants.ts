import { randomUUID } from "node:crypto";
import { and, asc, eq, lt, sql } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { violatedConstraint } from "../../shared/database/violations.js";
import { pageSize } from "../../shared/pagination/cursor.js";
import { sortedPage } from "../../shared/pagination/sorted-page.js";
import type { Db } from "../db.js";
import { members, organizations, pendingTenants, sessions } from "../schema.js";
import type {
  CreateTenantRequest,
  ListMyTenantsRequest,
  ListMyTenantsResponse,
  TenantMembership,
} from "../types.js";

const slugPattern = /^[a-z0-9][a-z0-9-]{0,62}$/;
const tenantsPerPerson = 50;

/** A tenant that tenant-management does not know of yet. */
export interface PendingTenant {
  tenantId: string;
  slug: string;
  name: string;
  ownerId: string;
}

/** Makes the tenant known to tenant-management; repeating it changes nothing. */
export type Provision = (tenant: PendingTenant) => Promise<void>;

/**
 * Creates an organization with the person as its owner, and the tenant that belongs to it. Where tenant-management
 * does not answer, the tenant follows later.
 */
export async function createTenant(
  db: Db,
  provision: Provision,
  request: CreateTenantRequest & { userId: string; sessionId?: string },
): Promise<TenantMembership> {
  const { slug, userId } = request;
  const name = request.name.trim();
  if (name === "" || name.length > 100) throw APIError.invalidArgument("name: 1 to 100 characters.");
  if (!slugPattern.test(slug)) {
    throw APIError.invalidArgument(
      "slug: lower-case letters, digits and hyphens, at most 63, starting with a letter or digit.",
    );
  }
  const tenant = { tenantId: randomUUID(), slug, name, ownerId: userId };
  const created = await insertTenant(db, tenant);
  try {
    await provisionPending(db, provision, tenant);
  } catch (error) {
    if (isSlugTaken(error)) {
      await db.delete(organizations).where(eq(organizations.id, tenant.tenantId));
      throw slugTaken(slug);
    }
    // Kept among the pending tenants, and tried again.
  }
  if (request.sessionId !== undefined) {
    await db
      .update(sessions)
      .set({ activeOrganizationId: tenant.tenantId })
      .where(and(eq(sessions.id, request.sessionId), eq(sessions.userId, userId)));
  }
  return created;
}

async function insertTenant(db: Db, tenant: PendingTenant): Promise<TenantMembership> {
  const { tenantId, slug, name, ownerId } = tenant;
  try {
    return await db.transaction(async (tx) => {
      // One at a time for one person, so that the bound holds.
      await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`tenants of ${ownerId}`}, 0))`);
      const belongsTo = await tx.$count(members, eq(members.userId, ownerId));
      if (belongsTo >= tenantsPerPerson) {
        throw APIError.resourceExhausted(`One person belongs to at most ${tenantsPerPerson} tenants.`);
      }
      const [organization] = await tx.insert(organizations).values({ id: tenantId, slug, name }).returning();
      await tx
        .insert(members)
        .values({ id: randomUUID(), organizationId: tenantId, userId: ownerId, role: "owner" });
      await tx.insert(pendingTenants).values({ tenantId, slug, name, ownerId });
      return { id: tenantId, slug, name, role: "owner", createdAt: organization!.createdAt };
    });
  } catch (error) {
    const constraint = violatedConstraint(error);
    if (constraint === "organizations_slug_unique" || constraint === "pending_tenants_slug") {
      throw slugTaken(slug);
    }
    throw error;
  }
}

function slugTaken(slug: string): APIError {
  return APIError.alreadyExists(`slug: "${slug}" is taken.`).withDetails({ reason: "slug_taken" });
}

async function provisionPending(db: Db, provision: Provision, tenant: PendingTenant): Promise<void> {
  await provision(tenant);
  await db.delete(pendingTenants).where(eq(pendingTenants.tenantId, tenant.tenantId));
}

/** Tries again to provision tenants that tenant-management does not know of yet. Says how many now are known. */
export async function provisionPendingTenants(db: Db, provision: Provision): Promise<number> {
  const pending = await db
    .select()
    .from(pendingTenants)
    .where(lt(pendingTenants.createdAt, sql`now() - interval '3 seconds'`))
    .orderBy(asc(pendingTenants.createdAt))
    .limit(100);
  const results = await Promise.allSettled(
    pending.map((tenant) =>
      provisionPending(db, provision, tenant).catch((error: unknown) => {
        if (!isSlugTaken(error)) throw error;
        return provisionUnderOtherSlug(db, provision, tenant);
      }),
    ),
  );
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return pending.length;
}

/** The slug went to another tenant while this one waited: it gets one that tells it apart. */
async function provisionUnderOtherSlug(db: Db, provision: Provision, tenant: PendingTenant): Promise<void> {
  const slug = `${tenant.slug.slice(0, 54)}-${tenant.tenantId.slice(0, 8)}`;
  await db.update(organizations).set({ slug }).where(eq(organizations.id, tenant.tenantId));
  await db.update(pendingTenants).set({ slug }).where(eq(pendingTenants.tenantId, tenant.tenantId));
  await provisionPending(db, provision, { ...tenant, slug });
}

function isSlugTaken(error: unknown): boolean {
  return error instanceof APIError && error.code === "already_exists";
}

const sorting = {
  fields: { name: organizations.name, createdAt: organizations.createdAt },
  byDefault: "name",
  id: organizations.id,
} as const;

/** The tenants that a person belongs to, by name or as asked for. */
export async function listTenantsOf(
  db: Db,
  userId: string,
  request: ListMyTenantsRequest,
): Promise<ListMyTenantsResponse> {
  const limit = pageSize(request.limit, { default: 50, max: 100 });
  const order = sortedPage(request, sorting);
  const rows = await db
    .select({
      id: organizations.id,
      slug: organizations.slug,
      name: organizations.name,
      role: members.role,
      createdAt: organizations.createdAt,
      key: order.key,
    })
    .from(members)
    .innerJoin(organizations, eq(organizations.id, members.organizationId))
    .where(and(eq(members.userId, userId), order.after))
    .orderBy(order.orderBy)
    .limit(limit + 1);
  return {
    tenants: rows.slice(0, limit).map(({ key: _, ...tenant }) => tenant),
    ...order.next(rows, limit, ({ id }) => id),
  };
}
