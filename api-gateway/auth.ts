import { APIError, type Cookie, Gateway, type Header } from "encore.dev/api";
import { authHandler } from "encore.dev/auth";
import { user_management } from "~encore/clients";
import type { VerifiedCredential } from "../user-management/types.js";
import { clientAddress } from "./client-address.js";
import { type Credential, presentedCredential } from "./credentials.js";
import { TokenVerifier } from "./token-verifier.js";
import { VerificationCache } from "./verification-cache.js";

interface AuthParams {
  /** `Bearer` and a session's token, a JSON Web Token or an API key. */
  authorization?: Header<"Authorization">;
  /** An API key. */
  apiKey?: Header<"X-API-Key">;
  session?: Cookie<"axion.session_token">;
  secureSession?: Cookie<"__Secure-axion.session_token">;
  forwardedFor?: Header<"X-Forwarded-For">;
}

/** Who calls, as every service behind the gateway sees it. */
export interface AuthData {
  userID: string;
  /** Empty for a person who works in no tenant yet. */
  tenantId: string;
  permissions: string[];
  /** How the caller proved who they are; absent for work that the system does itself. */
  credential?: "session" | "jwt" | "api-key";
  /** Id of the session or API key. */
  credentialId?: string;
  roles?: string[];
}

const tokens = new TokenVerifier({
  fetchTrust: () => user_management.getTokenTrust(),
  maxAgeMs: 5 * 60_000,
  minRefetchMs: 10_000,
});

/** A revoked credential and a removed member get in for this long at most. */
const verifications = new VerificationCache<VerifiedCredential, Credential & { address: string }>({
  verify: async ({ kind, value, address }) => {
    if (kind !== "jwt") return await user_management.verifyCredential({ kind, credential: value, address });
    const { expiresAt, ...token } = await tokens.verify(value);
    return { ...(await user_management.verifyAccess(token)), expiresAt };
  },
  keyOf: ({ kind, value, address }) =>
    kind === "api-key" ? `${kind} ${value} ${address}` : `${kind} ${value}`,
  keep: ({ tenantId }) => tenantId !== "",
  maxAgeMs: 4_000,
  maxEntries: 10_000,
});

/** Origins whose pages may use a session cookie. */
export async function trustedOrigins(): Promise<string[]> {
  return (await tokens.trust()).trustedOrigins;
}

/** Forgets what a credential stood for, after a request that may have changed it. */
export function forgetCredential(credential: Credential | undefined): void {
  if (credential !== undefined) verifications.forget({ ...credential, address: "" });
}

/** Turns a session, a JSON Web Token or an API key into the caller's identity, tenant and permissions. */
export const authenticate = authHandler(async (params: AuthParams): Promise<AuthData> => {
  const credential = presentedCredential({
    authorization: params.authorization,
    apiKey: params.apiKey,
    cookies: {
      "__Secure-axion.session_token": params.secureSession?.value,
      "axion.session_token": params.session?.value,
    },
  });
  if (credential === undefined) throw APIError.unauthenticated("A valid credential is needed; sign in.");
  const address = clientAddress(params.forwardedFor);
  const { expiresAt, ...identity } = await verifications.get({ ...credential, address });
  if (expiresAt !== undefined && expiresAt * 1000 <= Date.now()) {
    throw APIError.unauthenticated("The credential is not valid.");
  }
  return identity;
});

/** The only public door of the system. */
export const gateway = new Gateway({ authHandler: authenticate });
