import { eq, sql } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import type { Db } from "../db.js";
import { apiKeyAddresses, apiKeys } from "../schema.js";
import type { VerifiedCredential, VerifyAccessRequest } from "../types.js";
import { findAccess, requireLiveSession } from "./access.js";
import { recordForTenant } from "./security-events.js";

/** A session that was found to be genuine. */
export interface GenuineSession {
  id: string;
  userId: string;
  tenantId: string;
  expiresAt: Date;
}

/** The answer to every credential that opens nothing, whatever the reason. */
export function invalidCredential(): APIError {
  return APIError.unauthenticated("The credential is not valid.");
}

/** What a session stands for. A person whose membership ended works in no tenant. */
export async function verifySession(db: Db, session: GenuineSession): Promise<VerifiedCredential> {
  const access =
    session.tenantId === ""
      ? undefined
      : await findAccess(db, { tenantId: session.tenantId, userId: session.userId });
  return {
    userID: session.userId,
    tenantId: access === undefined ? "" : session.tenantId,
    permissions: access?.permissions ?? [],
    roles: access === undefined ? [] : [access.role],
    credential: "session",
    credentialId: session.id,
    expiresAt: Math.floor(session.expiresAt.getTime() / 1000),
  };
}

/** What a genuine JSON Web Token stands for now: its session must live, and its membership too. */
export async function verifyAccess(db: Db, token: VerifyAccessRequest): Promise<VerifiedCredential> {
  await requireLiveSession(db, token);
  const access = token.tenantId === "" ? undefined : await findAccess(db, token);
  if (token.tenantId !== "" && access === undefined) throw invalidCredential();
  return {
    userID: token.userId,
    tenantId: token.tenantId,
    permissions: access?.permissions ?? [],
    roles: access === undefined ? [] : [access.role],
    credential: "jwt",
    credentialId: token.sessionId,
  };
}

/**
 * What a genuine API key stands for: the permissions it was given, as far as the person who made it still has them.
 * Its use from an address that is new for it goes to the audit log.
 */
export async function verifyApiKey(
  db: Db,
  { keyId, address }: { keyId: string; address?: string },
): Promise<VerifiedCredential> {
  const [key] = await db.select().from(apiKeys).where(eq(apiKeys.id, keyId));
  if (!key?.enabled || key.tenantId === null) throw invalidCredential();
  const access = await findAccess(db, { tenantId: key.tenantId, userId: key.referenceId });
  if (access === undefined) throw invalidCredential();
  if (address !== undefined) {
    await noteAddress(db, { keyId, address, tenantId: key.tenantId, name: key.name ?? "" });
  }
  const granted = new Set(keyPermissions(key.permissions));
  return {
    userID: key.referenceId,
    tenantId: key.tenantId,
    permissions: access.permissions.filter((permission) => granted.has(permission)),
    roles: [access.role],
    credential: "api-key",
    credentialId: key.id,
    ...(key.expiresAt === null ? {} : { expiresAt: Math.floor(key.expiresAt.getTime() / 1000) }),
  };
}

/** Name under which a key's permissions are kept in Better Auth's form. */
export const permissionScope = "axion";

/** The permissions in the text that Better Auth keeps with a key. */
export function keyPermissions(stored: string | null): string[] {
  const parsed = JSON.parse(stored ?? "{}") as Record<string, string[]>;
  return parsed[permissionScope] ?? [];
}

async function noteAddress(
  db: Db,
  use: { keyId: string; address: string; tenantId: string; name: string },
): Promise<void> {
  await db.transaction(async (tx) => {
    const noted = await tx
      .insert(apiKeyAddresses)
      .values({ keyId: use.keyId, address: use.address, firstUsedAt: sql`now()` })
      .onConflictDoNothing()
      .returning({ keyId: apiKeyAddresses.keyId });
    if (noted.length === 0) return;
    await recordForTenant(tx, use.tenantId, {
      action: "api-key-used-from-new-address",
      performedBy: "system",
      details: { keyId: use.keyId, name: use.name, ipAddress: use.address },
    });
  });
}
