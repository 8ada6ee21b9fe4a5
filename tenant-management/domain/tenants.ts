import { eq } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import type { Db } from "../db.js";
import { tenants } from "../schema.js";
import type { Tenant, TenantStatus } from "../types.js";

const slugPattern = /^[a-z0-9][a-z0-9-]{0,62}$/;
const mostNameCharacters = 200;

export type TenantRow = typeof tenants.$inferSelect;

/** The slug, if it is one. Throws `invalidArgument`. */
export function requireSlug(slug: string): string {
  if (slugPattern.test(slug)) return slug;
  throw APIError.invalidArgument(
    "slug: lower-case letters, digits and hyphens, at most 63, starting with a letter or digit.",
  );
}

/** The name without surrounding space. Throws `invalidArgument` for none, a long one, and control characters. */
export function requireName(name: string): string {
  const trimmed = name.trim();
  const length = [...trimmed].length;
  if (length >= 1 && length <= mostNameCharacters && !/\p{Cc}/u.test(trimmed)) return trimmed;
  throw APIError.invalidArgument(
    `name: 1 to ${mostNameCharacters} characters, none of them control characters.`,
  );
}

/** The tenant with this id. Throws `notFound`. */
export async function getTenant(db: Db, tenantId: string): Promise<Tenant> {
  return toTenant(await withTenant(db, tenantId, (tx) => findTenant(tx, tenantId)));
}

/** The tenant's row in a transaction of the tenant, locked for a change if asked. Throws `notFound`. */
export async function findTenant(tx: Db, tenantId: string, lock?: "for-update"): Promise<TenantRow> {
  const query = tx.select().from(tenants).where(eq(tenants.id, tenantId));
  const [row] = await (lock === undefined ? query : query.for("update"));
  if (row === undefined) throw APIError.notFound("No such tenant.");
  return row;
}

/** What a tenant's row says of its state. */
export function statusOf(row: TenantRow): TenantStatus {
  return row.purgeAt === null ? row.status : "deleting";
}

/** The row as callers see it. */
export function toTenant(row: TenantRow): Tenant {
  const { id, slug, name, plan, createdAt, purgeAt } = row;
  return {
    id,
    slug,
    name,
    plan,
    status: statusOf(row),
    createdAt,
    ...(purgeAt === null ? {} : { purgeAt }),
  };
}
