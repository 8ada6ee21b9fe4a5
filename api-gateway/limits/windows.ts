import type { CallerIdentity } from "../../shared/tenancy/identity.js";

/** Length of the windows in which requests and events are counted. */
export const windowSeconds = 60;

/** What one caller may use of what its tenant may, so that the others always get through. */
export const callerShare = 0.8;

/** Name of a caller's counter: an API key by itself, a person with all their sessions. */
export function callerKey({ tenantId, userID, credential, credentialId }: CallerIdentity): string {
  const caller = credential === "api-key" && credentialId ? `key:${credentialId}` : `user:${userID}`;
  return `caller:${tenantId}:${caller}`;
}
