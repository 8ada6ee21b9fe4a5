import { api } from "encore.dev/api";
import { requireIdentity } from "../shared/tenancy/identity.js";
import { db } from "./db.js";
import { issueDevelopmentToken as issueToken } from "./development-token.js";
import * as tokens from "./domain/tokens.js";
import * as users from "./domain/users.js";
import { tokenSigningKey } from "./token-key.js";
import type {
  CheckPermissionsRequest,
  CheckPermissionsResponse,
  DevelopmentToken,
  GetUserRequest,
  IssueDevelopmentTokenRequest,
  User,
  VerifiedToken,
  VerifyTokenRequest,
} from "./types.js";

/** What a member of the caller's tenant may do. */
export const checkPermissions = api(
  { method: "POST", path: "/users/check-permissions", expose: false, auth: true },
  async (request: CheckPermissionsRequest): Promise<CheckPermissionsResponse> => {
    const { userID, tenantId } = requireIdentity();
    return await users.checkPermissions(
      db,
      { tenantId, userId: request.userId ?? userID },
      request.permissions ?? [],
    );
  },
);

/** A member of the caller's tenant. */
export const getUser = api(
  { method: "GET", path: "/users/:userId", expose: false, auth: true },
  async (request: GetUserRequest): Promise<User> => {
    const { tenantId } = requireIdentity();
    return await users.getUser(db, tenantId, request.userId);
  },
);

/** Who a bearer token stands for and what they may do now. `unauthenticated` for a token that is not valid. */
export const verifyToken = api(
  { method: "POST", path: "/tokens/verify", expose: false, sensitive: true },
  async (request: VerifyTokenRequest): Promise<VerifiedToken> =>
    tokens.verifyToken(db, await tokenSigningKey(), request.token),
);

/** A token with all permissions in one tenant. Local development only: `notFound` elsewhere. */
export const issueDevelopmentToken = api(
  { method: "POST", path: "/tokens/development", expose: false, sensitive: true },
  async (request: IssueDevelopmentTokenRequest): Promise<DevelopmentToken> => issueToken(request.tenant),
);
