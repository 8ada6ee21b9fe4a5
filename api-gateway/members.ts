import { api } from "encore.dev/api";
import { user_management } from "~encore/clients";
import type {
  ChangeMemberRoleRequest,
  ListMembersRequest,
  ListMembersResponse,
  RemoveMemberRequest,
  User,
} from "../user-management/types.js";

/** The members of the caller's tenant, by e-mail address. */
export const listMembers = api(
  { method: "GET", path: "/api/v1/members", expose: true, auth: true },
  async (request: ListMembersRequest): Promise<ListMembersResponse> => user_management.listMembers(request),
);

/** Gives a member another role: none with more than the caller may do, and the last owner stays one. */
export const changeMemberRole = api(
  { method: "PUT", path: "/api/v1/members/:userId/role", expose: true, auth: true },
  async (request: ChangeMemberRoleRequest): Promise<User> => user_management.changeMemberRole(request),
);

/** Removes a member. Their access to the tenant ends within five seconds, their API keys too. */
export const removeMember = api(
  { method: "DELETE", path: "/api/v1/members/:userId", expose: true, auth: true },
  async (request: RemoveMemberRequest): Promise<void> => user_management.removeMember(request),
);

/** The caller leaves their tenant. The last owner cannot. */
export const leaveTenant = api(
  { method: "POST", path: "/api/v1/members/leave", expose: true, auth: true },
  async (): Promise<void> => user_management.leaveTenant(),
);
