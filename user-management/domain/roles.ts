import type { Permission, Role } from "../types.js";

const ownerPermissions: Permission[] = [
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
];

const permissionsByRole: Record<Role, Permission[]> = {
  owner: ownerPermissions,
  admin: ownerPermissions.filter((permission) => permission !== "tenant:manage"),
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

/** What members with this role may do. */
export function permissionsOf(role: Role): Permission[] {
  return permissionsByRole[role];
}
