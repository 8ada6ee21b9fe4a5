import { randomUUID } from "node:crypto";
import { APIError } from "encore.dev/api";
import { errors, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import type { ServiceKey } from "../../shared/secrets/service-keys.js";
import type { Db } from "../db.js";
import type { VerifiedToken } from "../types.js";
import { permissionsOf } from "./roles.js";
import { findUser } from "./users.js";

const issuer = "axion";
const audience = "axion-api";
const algorithm = "HS256";
const claimsSchema = z.object({ sub: z.string().min(1), tenant: z.string().min(1), exp: z.number() });

/** Signs a bearer token (JWT, HMAC-SHA-256) for a member of a tenant. */
export async function signToken(
  key: ServiceKey,
  claims: { userId: string; tenantId: string; expiresAt: Date },
): Promise<string> {
  return await new SignJWT({ tenant: claims.tenantId })
    .setProtectedHeader({ alg: algorithm, kid: key.id })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(claims.userId)
    .setIssuedAt()
    .setExpirationTime(claims.expiresAt)
    .setJti(randomUUID())
    .sign(key.bytes);
}

/**
 * Who a token stands for. The permissions are those of the member's role at this moment, not of the moment when the
 * token was made. Throws `unauthenticated`, with the same message for every forged token.
 */
export async function verifyToken(db: Db, key: ServiceKey, token: string): Promise<VerifiedToken> {
  const claims = await readClaims(key, token);
  const user = await findUser(db, claims.tenant, claims.sub);
  if (user === undefined)
    throw APIError.unauthenticated("The token's user is no member of its tenant any more.");
  return {
    userID: user.id,
    tenantId: user.tenantId,
    permissions: permissionsOf(user.role),
    expiresAt: claims.exp,
  };
}

async function readClaims(key: ServiceKey, token: string): Promise<z.infer<typeof claimsSchema>> {
  try {
    const { payload } = await jwtVerify(token, key.bytes, { issuer, audience, algorithms: [algorithm] });
    return claimsSchema.parse(payload);
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw APIError.unauthenticated("The token has expired.");
    if (error instanceof errors.JOSEError || error instanceof z.ZodError) {
      throw APIError.unauthenticated("The token is not valid.");
    }
    throw error;
  }
}
