import { and, asc, eq, sql } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { violatedConstraint } from "../../shared/database/violations.js";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import type { Db } from "../db.js";
import { invitations, members, tenantRoles } from "../schema.js";
import type { ListRolesResponse, Permission, Role, SaveRoleRequest } from "../types.js";
import { builtInRoles, permissionsOf } from "./roles.js";
import { recordForTenant } from "./security-events.js";

const rolesPerTenant = 100;
const namePattern = /^[a-z][a-z0-9-]{0,49}$/;

/** Who changes something in which tenant, and what they may do there. */
export interface Actor {
  tenantId: string;
  userId: string;
  permissions: readonly string[];
}

/** Throws `permissionDenied` where `permissions` holds one that the actor has not: nobody gives what they lack. */
export function requireGrantable(actor: Actor, permissions: readonly Permission[]): void {
  const missing = permissions.filter((permission) => !actor.permissions.includes(permission));
  if (missing.length === 0) return;
  throw APIError.permissionDenied(
    `You cannot give permissions that you do not have: ${missing.join(", ")}.`,
  ).withDetails({ reason: "permission_not_grantable", permissions: missing });
}

/** The roles of a tenant: the built-in ones and its own. */
export async function listRoles(db: Db, tenantId: string): Promise<ListRolesResponse> {
  const own = await withTenant(db, tenantId, (tx) =>
    tx
      .select()
      .from(tenantRoles)
      .where(eq(tenantRoles.tenantId, tenantId))
      .orderBy(asc(tenantRoles.name))
      .limit(rolesPerTenant),
  );
  const builtIn = builtInRoles.map((name) => ({
    name,
    description: "",
    permissions: permissionsOf(name) ?? [],
    builtIn: true,
  }));
  return { roles: [...builtIn, ...own.map(toRole)] };
}

/** Defines a role of the tenant. */
export async function createRole(db: Db, actor: Actor, request: SaveRoleRequest): Promise<Role> {
  const { tenantId, userId } = actor;
  const values = readRole(actor, request);
  try {
    return await withTenant(db, tenantId, async (tx) => {
      await lockMemberships(tx, tenantId);
      if ((await tx.$count(tenantRoles, eq(tenantRoles.tenantId, tenantId))) >= rolesPerTenant) {
        throw APIError.resourceExhausted(`A tenant has at most ${rolesPerTenant} roles of its own.`);
      }
      const [row] = await tx
        .insert(tenantRoles)
        .values({ ...values, tenantId, createdBy: userId })
        .returning();
      await recordRole(tx, actor, "role-created", values);
      return toRole(row!);
    });
  } catch (error) {
    if (violatedConstraint(error) === "tenant_roles_tenant_id_name_pk") {
      throw APIError.alreadyExists(`name: there is a role "${request.name}".`);
    }
    throw error;
  }
}

/** Changes what a role of the tenant allows, at once for all who have it. */
export async function updateRole(db: Db, actor: Actor, request: SaveRoleRequest): Promise<Role> {
  const { tenantId } = actor;
  const values = readRole(actor, request);
  return await withTenant(db, tenantId, async (tx) => {
    await lockMemberships(tx, tenantId);
    const named = and(eq(tenantRoles.tenantId, tenantId), eq(tenantRoles.name, request.name));
    const [before] = await tx.select().from(tenantRoles).where(named);
    if (before === undefined) throw APIError.notFound("No such role.");
    requireGrantable(actor, before.permissions);
    const [row] = await tx
      .update(tenantRoles)
      .set({ ...values, updatedAt: sql`now()` })
      .where(named)
      .returning();
    await recordRole(tx, actor, "role-updated", values);
    return toRole(row!);
  });
}

/** Deletes a role of the tenant that nobody has and nobody is invited to. */
export async function deleteRole(db: Db, actor: Actor, name: string): Promise<void> {
  const { tenantId } = actor;
  await withTenant(db, tenantId, async (tx) => {
    await lockMemberships(tx, tenantId);
    const inUse =
      (await tx.$count(members, and(eq(members.organizationId, tenantId), eq(members.role, name)))) +
      (await tx.$count(
        invitations,
        and(
          eq(invitations.organizationId, tenantId),
          eq(invitations.role, name),
          eq(invitations.status, "pending"),
        ),
      ));
    if (inUse > 0 && permissionsOf(name) === undefined) {
      throw APIError.failedPrecondition(
        "Members or invitations have this role; give them another one first.",
      ).withDetails({ reason: "role_in_use" });
    }
    const deleted = await tx
      .delete(tenantRoles)
      .where(and(eq(tenantRoles.tenantId, tenantId), eq(tenantRoles.name, name)))
      .returning();
    if (deleted[0] === undefined) throw APIError.notFound("No such role.");
    await recordRole(tx, actor, "role-deleted", deleted[0]);
  });
}

/** Makes changes to a tenant's members and roles wait for each other, until the transaction ends. */
export async function lockMemberships(tx: Db, tenantId: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`members of ${tenantId}`}, 0))`);
}

function readRole(actor: Actor, { name, description = "", permissions }: SaveRoleRequest) {
  if (!namePattern.test(name)) {
    throw APIError.invalidArgument(
      "name: lower-case letters, digits and hyphens, at most 50, starting with a letter.",
    );
  }
  if (permissionsOf(name) !== undefined)
    throw APIError.alreadyExists(`name: the role "${name}" is built in.`);
  if (description.length > 500) throw APIError.invalidArgument("description: at most 500 characters.");
  requireGrantable(actor, permissions);
  return { name, description, permissions: [...new Set(permissions)] };
}

async function recordRole(
  tx: Db,
  actor: Actor,
  action: string,
  role: { name: string; permissions: Permission[] },
): Promise<void> {
  const { name, permissions } = role;
  await recordForTenant(tx, actor.tenantId, {
    action,
    performedBy: actor.userId,
    details: { role: name, permissions },
  });
}

function toRole({ name, description, permissions }: typeof tenantRoles.$inferSelect): Role {
  return { name, description, permissions, builtIn: false };
}
