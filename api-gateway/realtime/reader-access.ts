import { APIError, ErrCode } from "encore.dev/api";
import { user_management } from "~encore/clients";
import type { CallerIdentity } from "../../shared/tenancy/identity.js";
import type { VerifiedCredential } from "../../user-management/types.js";
import { policyOf } from "../tenant-policies.js";
import { VerificationCache } from "../verification-cache.js";
import { StreamEnd } from "./client-stream.js";
import { chooseTopics } from "./topics.js";

/** Streams of the same credential share one question. */
const verifications = new VerificationCache<VerifiedCredential, CallerIdentity>({
  verify: async ({ userID, tenantId, credential, credentialId = "" }) =>
    credential === "api-key"
      ? await user_management.verifyKeyAccess({ keyId: credentialId })
      : await user_management.verifyAccess({ userId: userID, sessionId: credentialId, tenantId }),
  keyOf: ({ credential, credentialId, tenantId }) => `${credential} ${credentialId} ${tenantId}`,
  maxAgeMs: 4_000,
  maxEntries: 10_000,
});

/**
 * Throws a `StreamEnd` where the reader may not go on: the session, key or membership has ended, the tenant is suspended,
 * or a permission for one of the topics was taken away.
 */
export async function requireReaderAccess(reader: CallerIdentity, topics: readonly string[]): Promise<void> {
  const { status } = await policyOf(reader.tenantId);
  if (status !== "active") throw new StreamEnd("tenant_suspended", "The organization is not active.");
  const ended = new StreamEnd("access_ended", "The credential is not valid any more.");
  let verified: VerifiedCredential;
  try {
    verified = await verifications.get(reader);
  } catch (error) {
    if (error instanceof APIError && error.code === ErrCode.Unauthenticated) throw ended;
    throw error;
  }
  const over = verified.expiresAt !== undefined && verified.expiresAt * 1000 <= Date.now();
  if (over || verified.tenantId !== reader.tenantId || verified.userID !== reader.userID) throw ended;
  try {
    chooseTopics(topics, { ...reader, permissions: verified.permissions });
  } catch (error) {
    if (!(error instanceof APIError)) throw error;
    throw new StreamEnd("permission_missing", error.message);
  }
}
