import { and, eq } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import type { Db } from "../db.js";
import { users } from "../schema.js";
import type { CheckPermissionsResponse, Permission, Role, User } from "../types.js";
import { permissionsOf } from "./roles.js";

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A member of the tenant. Throws `notFound`, also for a member of another tenant. */
export async function getUser(db: Db, tenantId: string, userId: string): Promise<User> {
  const user = await findUser(db, tenantId, userId);
  if (user === undefined) throw APIError.notFound("No such user.");
  return user;
}

/** A member of the tenant, if there is one with this id. */
export async function findUser(db: Db, tenantId: string, userId: string): Promise<User | undefined> {
  if (!uuidPattern.test(userId)) return undefined;
  const [row] = await withTenant(db, tenantId, (tx) =>
    tx
      .select()
      .from(users)
      .where(and(eq(users.tenantId, tenantId), eq(users.id, userId))),
  );
  return row;
}

/** The member with this e-mail address, made with the given name and role where there is none. */
export async function ensureUser(
  db: Db,
  user: { tenantId: string; email: string; name: string; role: Role },
): Promise<User> {
  return await withTenant(db, user.tenantId, async (tx) => {
    await tx.insert(users).values(user).onConflictDoNothing();
    const [row] = await tx
      .select()
      .from(users)
      .where(and(eq(users.tenantId, user.tenantId), eq(users.email, user.email)));
    if (row === undefined) throw APIError.aborted("The user was removed at this moment; try again.");
    return row;
  });
}

/** What a member may do: the three questions of conversion, and every permission in `asked`. */
export async function checkPermissions(
  db: Db,
  member: { tenantId: string; userId: string },
  asked: Permission[],
): Promise<CheckPermissionsResponse> {
  const user = await getUser(db, member.tenantId, member.userId);
  const granted = new Set(permissionsOf(user.role));
  return {
    userId: user.id,
    canCreateRules: granted.has("conversion:create"),
    canExecuteConversion: granted.has("conversion:execute"),
    canViewAudit: granted.has("audit:view"),
    permissions: Object.fromEntries(asked.map((permission) => [permission, granted.has(permission)])),
  };
}
