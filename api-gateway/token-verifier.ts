import { APIError } from "encore.dev/api";
import { createLocalJWKSet, errors, type JSONWebKeySet, jwtVerify } from "jose";
import { z } from "zod";
import type { TokenTrust, VerifyAccessRequest } from "../user-management/types.js";

const claimsSchema = z.object({
  sub: z.string().min(1),
  sid: z.string().min(1),
  tenant: z.string(),
  exp: z.number(),
});

/** A JSON Web Token whose signature, issuer, audience and time are right. */
export interface GenuineToken extends VerifyAccessRequest {
  /** When it ends, in seconds since 1970. */
  expiresAt: number;
}

export interface TokenVerifierOptions {
  /** Asks for the keys and the rest of what tokens are held to. */
  fetchTrust: () => Promise<TokenTrust>;
  /** How long the keys are used without asking again. */
  maxAgeMs: number;
  /** An unknown key makes it ask again, no more often than this. */
  minRefetchMs: number;
  now?: () => number;
}

interface Trusted extends TokenTrust {
  keys: ReturnType<typeof createLocalJWKSet>;
  fetchedAt: number;
}

/** Verifies JSON Web Tokens here, with keys that are asked for now and then. */
export class TokenVerifier {
  private trusted: Promise<Trusted> | undefined;
  private fetchedAt = 0;

  constructor(private readonly options: TokenVerifierOptions) {}

  /** What the token says. Throws `unauthenticated`, alike for every token that is not valid. */
  async verify(token: string): Promise<GenuineToken> {
    const trusted = await this.trust();
    try {
      return await verifyWith(trusted, token);
    } catch (error) {
      const mayBeNew = error instanceof errors.JWKSNoMatchingKey;
      if (mayBeNew && this.now() - trusted.fetchedAt >= this.options.minRefetchMs) {
        this.trusted = undefined;
        return await verifyWith(await this.trust(), token).catch(refuse);
      }
      return refuse(error);
    }
  }

  /** The keys and settings in use. A failure to get them is not kept. */
  trust(): Promise<Trusted> {
    if (this.trusted !== undefined && this.now() - this.fetchedAt < this.options.maxAgeMs)
      return this.trusted;
    const fetchedAt = this.now();
    const fetched = this.options.fetchTrust().then((trust) => ({
      ...trust,
      keys: createLocalJWKSet(trust.jwks as unknown as JSONWebKeySet),
      fetchedAt,
    }));
    fetched.catch(() => {
      if (this.trusted === fetched) this.trusted = undefined;
    });
    this.trusted = fetched;
    this.fetchedAt = fetchedAt;
    return fetched;
  }

  private now(): number {
    return (this.options.now ?? Date.now)();
  }
}

async function verifyWith(trusted: Trusted, token: string): Promise<GenuineToken> {
  const { payload } = await jwtVerify(token, trusted.keys, {
    issuer: trusted.issuer,
    audience: trusted.audience,
    algorithms: ["EdDSA"],
  });
  const { sub, sid, tenant, exp } = claimsSchema.parse(payload);
  return { userId: sub, sessionId: sid, tenantId: tenant, expiresAt: exp };
}

function refuse(error: unknown): never {
  if (error instanceof errors.JOSEError || error instanceof z.ZodError) {
    throw APIError.unauthenticated("The credential is not valid.");
  }
  throw error;
}
