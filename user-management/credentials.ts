import { betterAuthOf, tokenAudience } from "./auth.js";
import { db } from "./db.js";
import type { MakeKey } from "./domain/api-keys.js";
import {
  invalidCredential,
  permissionScope,
  verifyApiKey,
  verifySession,
} from "./domain/verify-credential.js";
import type { TokenTrust, VerifiedCredential, VerifyCredentialRequest } from "./types.js";

/** Who a session or API key stands for. Throws `unauthenticated`, alike for all that are not genuine. */
export async function verifyCredential(request: VerifyCredentialRequest): Promise<VerifiedCredential> {
  const { auth } = await betterAuthOf();
  if (request.kind === "api-key") {
    const { valid, key } = await auth.api.verifyApiKey({ body: { key: request.credential } });
    if (!valid || key === null) throw invalidCredential();
    return await verifyApiKey(db, { keyId: key.id, address: request.address });
  }
  const headers = new Headers(
    request.kind === "cookie"
      ? { cookie: request.credential }
      : { authorization: `Bearer ${request.credential}` },
  );
  const found = await auth.api.getSession({ headers });
  if (found === null) throw invalidCredential();
  const { id, userId, expiresAt, activeOrganizationId } = found.session as typeof found.session & {
    activeOrganizationId?: string | null;
  };
  return await verifySession(db, { id, userId, expiresAt, tenantId: activeOrganizationId ?? "" });
}

/** What JSON Web Tokens are verified with. */
export async function tokenTrust(): Promise<TokenTrust> {
  const { auth, settings } = await betterAuthOf();
  const { keys } = await auth.api.getJwks();
  return {
    issuer: settings.publicUrl,
    audience: tokenAudience,
    jwks: JSON.parse(JSON.stringify({ keys })),
    trustedOrigins: settings.trustedOrigins,
  };
}

/** Makes an API key by Better Auth. It opens nothing until it is bound to a tenant. */
export const makeKey: MakeKey = async ({ userId, name, permissions, expiresInSeconds }) => {
  const { auth } = await betterAuthOf();
  const { id, key } = await auth.api.createApiKey({
    body: { userId, name, permissions: { [permissionScope]: permissions }, expiresIn: expiresInSeconds },
  });
  return { id, key };
};

/** Address under which the public API is reached. */
export async function publicUrl(): Promise<string> {
  return (await betterAuthOf()).settings.publicUrl;
}
