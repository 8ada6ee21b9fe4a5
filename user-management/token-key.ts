import { secret } from "encore.dev/config";
import { requireConfigured, resolveServiceKey, type ServiceKey } from "../shared/secrets/service-keys.js";
import { db } from "./db.js";

const configuredKey = secret("TokenSigningKey");

requireConfigured("TokenSigningKey", configuredKey());

let resolved: Promise<ServiceKey> | undefined;

/** The key that bearer tokens are signed with. */
export function tokenSigningKey(): Promise<ServiceKey> {
  resolved ??= resolveServiceKey(db, "TokenSigningKey", configuredKey()).catch((error) => {
    resolved = undefined;
    throw error;
  });
  return resolved;
}
