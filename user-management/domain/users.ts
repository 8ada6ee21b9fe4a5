import { and, eq } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import type { Db } from "../db.js";
import { members, people } from "../schema.js";
import type { CheckPermissionsResponse, Permission, Person, User } from "../types.js";
import { findAccess } from "./access.js";

/** A member of the tenant. Throws `notFound`, also for a member of another tenant. */
export async function getUser(db: Db, tenantId: string, userId: string): Promise<User> {
  const [row] = await db
    .select({
      id: people.id,
      tenantId: members.organizationId,
      email: people.email,
      name: people.name,
      role: members.role,
      createdAt: members.createdAt,
    })
    .from(members)
    .innerJoin(people, eq(people.id, members.userId))
    .where(and(eq(members.organizationId, tenantId), eq(members.userId, userId)));
  if (row === undefined) throw APIError.notFound("No such user.");
  return row satisfies User;
}

/** A person by id. Throws `notFound`. */
export async function getPerson(db: Db, userId: string): Promise<Person> {
  const [row] = await db
    .select({
      id: people.id,
      email: people.email,
      name: people.name,
      twoFactorEnabled: people.twoFactorEnabled,
      createdAt: people.createdAt,
    })
    .from(people)
    .where(eq(people.id, userId));
  if (row === undefined) throw APIError.notFound("No such person.");
  return row satisfies Person;
}

/** What a member may do: the three questions of conversion, and every permission in `asked`. */
export async function checkPermissions(
  db: Db,
  member: { tenantId: string; userId: string },
  asked: Permission[],
): Promise<CheckPermissionsResponse> {
  const access = await findAccess(db, member);
  if (access === undefined) throw APIError.notFound("No such user.");
  return permissionAnswer(member.userId, access.permissions, asked);
}

/** The answer for somebody who has the permissions `granted`. */
export function permissionAnswer(
  userId: string,
  granted: readonly string[],
  asked: Permission[],
): CheckPermissionsResponse {
  const has = (permission: Permission) => granted.includes(permission);
  return {
    userId,
    canCreateRules: has("conversion:create"),
    canExecuteConversion: has("conversion:execute"),
    canViewAudit: has("audit:view"),
    permissions: Object.fromEntries(asked.map((permission) => [permission, has(permission)])),
  };
}
