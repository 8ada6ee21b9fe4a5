import type { BuiltInRole, Permission } from "../types.js";

/** Everything that a caller can be allowed to do: the one catalogue. */
export const allPermissions = [
  "conversion:create",
  "conversion:execute",
  "conversion:undo",
  "source:manage",
  "schema:read",
  "audit:view",
  "audit:export",
  "event:ingest",
  "deadletter:manage",
  "notification:manage",
  "project:create",
  "project:generate",
  "project:deploy",
  "member:manage",
  "apikey:manage",
  "tenant:manage",
] as const satisfies Permission[];

const permissionsByRole: Record<BuiltInRole, Permission[]> = {
  owner: [...allPermissions],
  admin: allPermissions.filter((permission) => permission !== "tenant:manage"),
  editor: [
    "conversion:create",
    "conversion:execute",
    "conversion:undo",
    "source:manage",
    "schema:read",
    "audit:view",
    "project:create",
    "project:generate",
  ],
  operator: [
    "conversion:execute",
    "conversion:undo",
    "schema:read",
    "audit:view",
    "event:ingest",
    "deadletter:manage",
    "project:deploy",
  ],
  auditor: ["schema:read", "audit:view", "audit:export"],
  viewer: ["schema:read"],
};

/** Roles that every tenant has, most powerful first. */
export const builtInRoles = Object.keys(permissionsByRole) as BuiltInRole[];

/** What members with this built-in role may do; undefined where the role is one of a tenant's own. */
export function permissionsOf(role: string): Permission[] | undefined {
  return Object.hasOwn(permissionsByRole, role) ? permissionsByRole[role as BuiltInRole] : undefined;
}
