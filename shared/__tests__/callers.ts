import { randomUUID } from "node:crypto";
import type { Permission } from "../../user-management/types.js";
import type { CallerIdentity } from "../tenancy/identity.js";

/** A caller of a tenant that no other test uses, with the given permissions. */
export function newCaller(...permissions: Permission[]): CallerIdentity {
  return { userID: randomUUID(), tenantId: randomUUID(), permissions };
}
