import { and, eq } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { pageSize } from "../../shared/pagination/cursor.js";
import { sortedPage } from "../../shared/pagination/sorted-page.js";
import type { Db } from "../db.js";
import { apiKeys, members, people, sessions } from "../schema.js";
import type { ListMembersRequest, ListMembersResponse, Permission, User } from "../types.js";
import { findRolePermissions, permissionsOfRole } from "./access.js";
import { type Actor, lockMemberships, requireGrantable } from "./role-changes.js";
import { recordForTenant } from "./security-events.js";
import { getUser } from "./users.js";

const sorting = {
  fields: { email: people.email, name: people.name, createdAt: members.createdAt },
  byDefault: "email",
  id: people.id,
} as const;

/** The members of a tenant, by e-mail address or as asked for. */
export async function listMembers(
  db: Db,
  tenantId: string,
  request: ListMembersRequest,
): Promise<ListMembersResponse> {
  const limit = pageSize(request.limit, { default: 50, max: 100 });
  const order = sortedPage(request, sorting);
  const rows = await db
    .select({
      id: people.id,
      tenantId: members.organizationId,
      email: people.email,
      name: people.name,
      role: members.role,
      createdAt: members.createdAt,
      key: order.key,
    })
    .from(members)
    .innerJoin(people, eq(people.id, members.userId))
    .where(and(eq(members.organizationId, tenantId), order.after))
    .orderBy(order.orderBy)
    .limit(limit + 1);
  return {
    members: rows.slice(0, limit).map(({ key: _, ...member }) => member satisfies User),
    ...order.next(rows, limit, ({ id }) => id),
  };
}

/**
 * Gives a member another role. Nobody gives a role with more than they have themselves, or takes one, and a tenant keeps
 * an owner.
 */
export async function changeMemberRole(
  db: Db,
  actor: Actor,
  request: { userId: string; role: string },
): Promise<User> {
  const { tenantId } = actor;
  return await db.transaction(async (tx) => {
    await lockMemberships(tx, tenantId);
    const member = await requireMember(tx, tenantId, request.userId);
    requireGrantable(actor, await permissionsOfRole(tx, tenantId, member.role));
    requireGrantable(actor, await requireRole(tx, tenantId, request.role));
    if (member.role !== request.role) {
      if (member.role === "owner") await requireOtherOwner(tx, tenantId);
      await tx.update(members).set({ role: request.role }).where(eq(members.id, member.id));
      await recordForTenant(tx, tenantId, {
        action: "role-changed",
        performedBy: actor.userId,
        details: { userId: request.userId, from: member.role, to: request.role },
      });
    }
    return await getUser(tx, tenantId, request.userId);
  });
}

/** Removes a member, or lets them leave: their sessions leave the tenant, and their API keys end. */
export async function removeMember(db: Db, actor: Actor, userId: string): Promise<void> {
  const { tenantId } = actor;
  await db.transaction(async (tx) => {
    await lockMemberships(tx, tenantId);
    const member = await requireMember(tx, tenantId, userId);
    if (userId !== actor.userId) {
      requireGrantable(actor, await permissionsOfRole(tx, tenantId, member.role));
    }
    if (member.role === "owner") await requireOtherOwner(tx, tenantId);
    await tx.delete(members).where(eq(members.id, member.id));
    await tx
      .update(sessions)
      .set({ activeOrganizationId: null })
      .where(and(eq(sessions.userId, userId), eq(sessions.activeOrganizationId, tenantId)));
    await tx.delete(apiKeys).where(and(eq(apiKeys.referenceId, userId), eq(apiKeys.tenantId, tenantId)));
    await recordForTenant(tx, tenantId, {
      action: userId === actor.userId ? "member-left" : "member-removed",
      performedBy: actor.userId,
      details: { userId, role: member.role },
    });
  });
}

/** How many members the tenant has. */
export async function countMembers(db: Db, tenantId: string): Promise<number> {
  return await db.$count(members, eq(members.organizationId, tenantId));
}

/** What the role allows. Throws `invalidArgument` where the tenant has no such role. */
export async function requireRole(db: Db, tenantId: string, role: string): Promise<Permission[]> {
  const permissions = await findRolePermissions(db, tenantId, role);
  if (permissions === undefined) throw APIError.invalidArgument(`role: there is no role "${role}".`);
  return permissions;
}

async function requireMember(tx: Db, tenantId: string, userId: string) {
  const [member] = await tx
    .select()
    .from(members)
    .where(and(eq(members.organizationId, tenantId), eq(members.userId, userId)));
  if (member === undefined) throw APIError.notFound("No such member.");
  return member;
}

async function requireOtherOwner(tx: Db, tenantId: string): Promise<void> {
  const owners = await tx.$count(
    members,
    and(eq(members.organizationId, tenantId), eq(members.role, "owner")),
  );
  if (owners > 1) return;
  throw APIError.failedPrecondition("The last owner stays; make another member an owner first.").withDetails({
    reason: "last_owner",
  });
}
