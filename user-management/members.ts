import { api } from "encore.dev/api";
import { requireIdentity, requireSignedIn } from "../shared/tenancy/identity.js";
import { publicUrl } from "./credentials.js";
import { db } from "./db.js";
import { countApiKeys } from "./domain/api-keys.js";
import * as invitations from "./domain/invitations.js";
import * as members from "./domain/members.js";
import type { Actor } from "./domain/role-changes.js";
import { tenantPolicies } from "./tenant-policies.js";
import type {
  ChangeMemberRoleRequest,
  CreateInvitationRequest,
  Invitation,
  InvitationPathRequest,
  ListInvitationsRequest,
  ListInvitationsResponse,
  ListMembersRequest,
  ListMembersResponse,
  MembershipUsage,
  RemoveMemberRequest,
  User,
} from "./types.js";

/** The caller as one who changes something in their tenant. */
export function actor(): Actor {
  const { userID: userId, tenantId, permissions } = requireIdentity();
  return { userId, tenantId, permissions };
}

async function mostMembersOf(tenantId: string): Promise<number> {
  return (await tenantPolicies.get(tenantId)).limits.members;
}

/** The members of the caller's tenant. */
export const listMembers = api(
  { method: "GET", path: "/members", expose: false, auth: true },
  async (request: ListMembersRequest): Promise<ListMembersResponse> =>
    members.listMembers(db, actor().tenantId, request),
);

/** How much of its limits the caller's tenant uses here. */
export const getMembershipUsage = api(
  { method: "GET", path: "/members/usage", expose: false, auth: true },
  async (): Promise<MembershipUsage> => {
    const { tenantId } = actor();
    const [inTenant, apiKeys] = await Promise.all([
      members.countMembers(db, tenantId),
      countApiKeys(db, tenantId),
    ]);
    return { members: inTenant, apiKeys };
  },
);

/** Gives a member of the caller's tenant another role. */
export const changeMemberRole = api(
  { method: "PUT", path: "/members/:userId/role", expose: false, auth: true },
  async (request: ChangeMemberRoleRequest): Promise<User> => members.changeMemberRole(db, actor(), request),
);

/** Removes a member from the caller's tenant. */
export const removeMember = api(
  { method: "DELETE", path: "/members/:userId", expose: false, auth: true },
  async (request: RemoveMemberRequest): Promise<void> => members.removeMember(db, actor(), request.userId),
);

/** The caller leaves their tenant. */
export const leaveTenant = api(
  { method: "POST", path: "/members/leave", expose: false, auth: true },
  async (): Promise<void> => {
    requireSignedIn();
    const caller = actor();
    await members.removeMember(db, caller, caller.userId);
  },
);

/** Invites an e-mail address to the caller's tenant. */
export const createInvitation = api(
  { method: "POST", path: "/invitations", expose: false, auth: true },
  async (request: CreateInvitationRequest): Promise<Invitation> =>
    invitations.createInvitation(db, actor(), {
      ...request,
      publicUrl: await publicUrl(),
      mostMembers: await mostMembersOf(actor().tenantId),
    }),
);

/** The invitations of the caller's tenant, newest first. */
export const listInvitations = api(
  { method: "GET", path: "/invitations", expose: false, auth: true },
  async (request: ListInvitationsRequest): Promise<ListInvitationsResponse> =>
    invitations.listInvitations(db, { tenantId: actor().tenantId }, request),
);

/** Takes back an invitation of the caller's tenant. */
export const revokeInvitation = api(
  { method: "DELETE", path: "/invitations/:invitationId", expose: false, auth: true },
  async (request: InvitationPathRequest): Promise<void> =>
    invitations.revokeInvitation(db, actor(), request.invitationId),
);

/** The invitations that wait for the caller. */
export const listMyInvitations = api(
  { method: "GET", path: "/people/me/invitations", expose: false, auth: true },
  async (request: ListInvitationsRequest): Promise<ListInvitationsResponse> => {
    const email = await invitations.emailOf(db, requireSignedIn().userID);
    return await invitations.listInvitations(db, { email }, request);
  },
);

/** An invitation of the caller. */
export const getMyInvitation = api(
  { method: "GET", path: "/people/me/invitations/:invitationId", expose: false, auth: true },
  async (request: InvitationPathRequest): Promise<Invitation> =>
    invitations.getOwnInvitation(db, requireSignedIn().userID, request.invitationId),
);

/** The caller becomes a member of the tenant that invited them; their session works in it from now on. */
export const acceptInvitation = api(
  { method: "POST", path: "/people/me/invitations/:invitationId/accept", expose: false, auth: true },
  async (request: InvitationPathRequest): Promise<Invitation> => {
    const { userID: userId, credentialId: sessionId } = requireSignedIn();
    return await invitations.acceptInvitation(db, { userId, sessionId, mostMembersOf }, request.invitationId);
  },
);
