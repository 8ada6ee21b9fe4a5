import { createHash, randomBytes } from "node:crypto";
import { eq } from "drizzle-orm";
import log from "encore.dev/log";
import type { AnyDb } from "../database/handle.js";
import { isLocalDevelopment } from "../environment.js";
import { generatedKeys } from "./generated-keys.js";

/** A 256-bit key and the short name it goes by. */
export interface ServiceKey {
  /** First 12 hex digits of the key's SHA-256: says which key was used, and nothing of the key. */
  id: string;
  bytes: Uint8Array;
}

/** Reads a secret's value: 32 bytes in base64 or base64url, as `openssl rand -base64 32` prints them. */
export function parseServiceKey(name: string, value: string): ServiceKey {
  const bytes = Buffer.from(
    value.trim(),
    value.includes("-") || value.includes("_") ? "base64url" : "base64",
  );
  if (bytes.length !== 32) {
    throw new Error(
      `Secret ${name}: expected 32 bytes in base64, got ${bytes.length}. Make one with: openssl rand -base64 32`,
    );
  }
  return { id: createHash("sha256").update(bytes).digest("hex").slice(0, 12), bytes };
}

/** Fails the start of the app, naming the secret, where `value` is unset and no key may be generated. */
export function requireConfigured(name: string, value: string): void {
  if (value === "" && !isLocalDevelopment()) {
    throw new Error(
      `Secret ${name} is not set. Set it to 32 random bytes in base64: openssl rand -base64 32`,
    );
  }
  if (value !== "") parseServiceKey(name, value);
}

/**
 * The key that the secret `name` holds. On a developer's machine an unset secret is made up once and kept in the
 * service's database, with a warning.
 */
export async function resolveServiceKey<TSchema extends Record<string, unknown>>(
  db: AnyDb<TSchema>,
  name: string,
  value: string,
): Promise<ServiceKey> {
  requireConfigured(name, value);
  if (value !== "") return parseServiceKey(name, value);
  const created = await db
    .insert(generatedKeys)
    .values({ name, value: randomBytes(32).toString("base64") })
    .onConflictDoNothing()
    .returning({ name: generatedKeys.name });
  if (created.length > 0) {
    log.warn("secret is not set; a key was generated and kept in the service's database (development only)", {
      secret: name,
    });
  }
  const [row] = await db.select().from(generatedKeys).where(eq(generatedKeys.name, name));
  if (row === undefined) throw new Error(`The generated key ${name} disappeared from the database.`);
  return parseServiceKey(name, row.value);
}
