import { and, asc, eq, gt } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import type { Db } from "../db.js";
import { members, people, sessions, tenantRoles } from "../schema.js";
import type { Permission } from "../types.js";
import { permissionsOf } from "./roles.js";

/** What a person is and may do in one tenant. */
export interface Access {
  role: string;
  permissions: Permission[];
}

/** What a person may do in a tenant at this moment; undefined for one who does not belong to it. */
export async function findAccess(
  db: Db,
  member: { tenantId: string; userId: string },
): Promise<Access | undefined> {
  const [row] = await db
    .select({ role: members.role })
    .from(members)
    .where(and(eq(members.organizationId, member.tenantId), eq(members.userId, member.userId)));
  if (row === undefined) return undefined;
  return { role: row.role, permissions: await permissionsOfRole(db, member.tenantId, row.role) };
}

/** What a role of the tenant, built in or its own, allows; nothing where there is no such role any more. */
export async function permissionsOfRole(db: Db, tenantId: string, role: string): Promise<Permission[]> {
  return (await findRolePermissions(db, tenantId, role)) ?? [];
}

/** What a role allows, as `permissionsOfRole`; undefined where the tenant has no such role. */
export async function findRolePermissions(
  db: Db,
  tenantId: string,
  role: string,
): Promise<Permission[] | undefined> {
  const builtIn = permissionsOf(role);
  if (builtIn !== undefined) return builtIn;
  const [own] = await withTenant(db, tenantId, (tx) =>
    tx
      .select({ permissions: tenantRoles.permissions })
      .from(tenantRoles)
      .where(and(eq(tenantRoles.tenantId, tenantId), eq(tenantRoles.name, role))),
  );
  return own?.permissions;
}

/** The tenant that a person belongs to for the longest time, if any: the one a new session starts in. */
export async function firstTenantOf(db: Db, userId: string): Promise<string | undefined> {
  const [row] = await db
    .select({ tenantId: members.organizationId })
    .from(members)
    .where(eq(members.userId, userId))
    .orderBy(asc(members.createdAt), asc(members.id))
    .limit(1);
  return row?.tenantId;
}

/** Throws `unauthenticated` unless this session of the person lives. */
export async function requireLiveSession(
  db: Db,
  session: { sessionId: string; userId: string },
): Promise<void> {
  const rows = await db
    .select({ id: sessions.id })
    .from(sessions)
    .innerJoin(people, eq(people.id, sessions.userId))
    .where(
      and(
        eq(sessions.id, session.sessionId),
        eq(sessions.userId, session.userId),
        gt(sessions.expiresAt, new Date()),
      ),
    );
  if (rows.length === 0) throw APIError.unauthenticated("The credential is not valid.");
}
