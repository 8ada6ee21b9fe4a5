import { secret } from "encore.dev/config";
import { isLocalDevelopment } from "../../shared/environment.js";
import { parseServiceKey, resolveServiceKey, type ServiceKey } from "../../shared/secrets/service-keys.js";
import { auditDb } from "./db.js";
import { ChainSigner } from "./domain/signatures.js";

const configuredKeys = secret("AuditSigningKey");

if (configuredKeys() !== "") parseKeys(configuredKeys());
else if (!isLocalDevelopment()) {
  throw new Error(
    "Secret AuditSigningKey is not set. Set it to 32 random bytes in base64: openssl rand -base64 32",
  );
}

let resolved: Promise<ChainSigner> | undefined;

/** Signs the audit log's chains. On a developer's machine its key is made up once where the secret is not set. */
export function auditSigner(): Promise<ChainSigner> {
  resolved ??= readKeys().catch((error) => {
    resolved = undefined;
    throw error;
  });
  return resolved;
}

async function readKeys(): Promise<ChainSigner> {
  const configured = configuredKeys();
  if (configured !== "") return new ChainSigner(parseKeys(configured));
  return new ChainSigner([await resolveServiceKey(auditDb, "AuditSigningKey", "")]);
}

/** One key, or several with commas between them: the first signs, the others are of signatures made before. */
function parseKeys(value: string): ServiceKey[] {
  return value.split(",").map((each) => parseServiceKey("AuditSigningKey", each));
}
