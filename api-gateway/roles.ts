import { api } from "encore.dev/api";
import { user_management } from "~encore/clients";
import type { ListRolesResponse, Role, RolePathRequest, SaveRoleRequest } from "../user-management/types.js";

/** The roles that members of the caller's tenant can have, built-in ones first. */
export const listRoles = api(
  { method: "GET", path: "/api/v1/roles", expose: true, auth: true },
  async (): Promise<ListRolesResponse> => user_management.listRoles(),
);

/** Defines a role of the tenant, with permissions that the caller has. */
export const createRole = api(
  { method: "POST", path: "/api/v1/roles", expose: true, auth: true },
  async (request: SaveRoleRequest): Promise<Role> => user_management.createRole(request),
);

/** Changes what a role of the tenant allows, at once for all who have it. */
export const updateRole = api(
  { method: "PUT", path: "/api/v1/roles/:name", expose: true, auth: true },
  async (request: SaveRoleRequest): Promise<Role> => user_management.updateRole(request),
);

/** Deletes a role of the tenant that nobody has. */
export const deleteRole = api(
  { method: "DELETE", path: "/api/v1/roles/:name", expose: true, auth: true },
  async (request: RolePathRequest): Promise<void> => user_management.deleteRole(request),
);
