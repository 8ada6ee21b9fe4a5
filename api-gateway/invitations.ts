import { api } from "encore.dev/api";
import { user_management } from "~encore/clients";
import type {
  CreateInvitationRequest,
  Invitation,
  InvitationPathRequest,
  ListInvitationsRequest,
  ListInvitationsResponse,
} from "../user-management/types.js";

/** Invites an e-mail address to the caller's tenant, by mail. The invitation ends after seven days. */
export const createInvitation = api(
  { method: "POST", path: "/api/v1/invitations", expose: true, auth: true },
  async (request: CreateInvitationRequest): Promise<Invitation> => user_management.createInvitation(request),
);

/** The invitations of the caller's tenant, newest first. */
export const listInvitations = api(
  { method: "GET", path: "/api/v1/invitations", expose: true, auth: true },
  async (request: ListInvitationsRequest): Promise<ListInvitationsResponse> =>
    user_management.listInvitations(request),
);

/** Takes back an invitation that was not accepted yet. */
export const revokeInvitation = api(
  { method: "DELETE", path: "/api/v1/invitations/:invitationId", expose: true, auth: true },
  async (request: InvitationPathRequest): Promise<void> => user_management.revokeInvitation(request),
);

/** The invitations that wait for the caller's e-mail address, of whatever tenant. */
export const listMyInvitations = api(
  { method: "GET", path: "/api/v1/me/invitations", expose: true, auth: true },
  async (request: ListInvitationsRequest): Promise<ListInvitationsResponse> =>
    user_management.listMyInvitations(request),
);

/** An invitation of the caller. Those of others do not exist. */
export const getMyInvitation = api(
  { method: "GET", path: "/api/v1/invitations/:invitationId", expose: true, auth: true },
  async (request: InvitationPathRequest): Promise<Invitation> => user_management.getMyInvitation(request),
);

/** Makes the caller a member of the tenant that invited them, once. Their session works in it from now on. */
export const acceptInvitation = api(
  { method: "POST", path: "/api/v1/invitations/:invitationId/accept", expose: true, auth: true },
  async (request: InvitationPathRequest): Promise<Invitation> => user_management.acceptInvitation(request),
);
