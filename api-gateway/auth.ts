import { APIError, Gateway, type Header } from "encore.dev/api";
import { authHandler } from "encore.dev/auth";
import { user_management } from "~encore/clients";
import { VerificationCache } from "./verification-cache.js";

interface AuthParams {
  /** `Bearer` and a token. */
  authorization: Header<"Authorization">;
}

/** Who calls, as every service behind the gateway sees it. */
export interface AuthData {
  userID: string;
  tenantId: string;
  permissions: string[];
}

const verifications = new VerificationCache({
  verify: (token) => user_management.verifyToken({ token }),
  maxAgeMs: 5_000,
  maxEntries: 10_000,
});

/** Turns a bearer token into the caller's identity, tenant and permissions. */
export const authenticate = authHandler(async (params: AuthParams): Promise<AuthData> => {
  const token = /^Bearer +(\S+)$/i.exec(params.authorization)?.[1];
  if (token === undefined) throw APIError.unauthenticated("Authorization: expected `Bearer` and a token.");
  const { userID, tenantId, permissions, expiresAt } = await verifications.get(token);
  if (expiresAt * 1000 <= Date.now()) throw APIError.unauthenticated("The token has expired.");
  return { userID, tenantId, permissions };
});

/** The only public door of the system. */
export const gateway = new Gateway({ authHandler: authenticate });
