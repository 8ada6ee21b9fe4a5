import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from "node:crypto";

/** Who sent a key: keys of different users are different keys. */
export interface KeyOwner {
  tenantId: string;
  userId: string;
}

/** What of a key is kept: enough to find it again, and not to open answers. */
export function hashOfKey(owner: KeyOwner, key: string): string {
  return createHash("sha256")
    .update(JSON.stringify(["key", owner.tenantId, owner.userId, key]))
    .digest("hex");
}

function sealingKey(owner: KeyOwner, key: string): Buffer {
  return Buffer.from(
    hkdfSync("sha256", key, `${owner.tenantId}\n${owner.userId}`, "axion idempotent answer", 32),
  );
}

/**
 * Seals an answer (AES-256-GCM) under a key that follows from the client's `Idempotency-Key`: whoever reads the
 * database cannot read answers, which may hold secrets, without the keys that clients made up.
 */
export function sealAnswer(owner: KeyOwner, key: string, answer: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", sealingKey(owner, key), nonce);
  const sealed = Buffer.concat([cipher.update(answer, "utf8"), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64");
}

/** Opens what `sealAnswer` made. Throws where it was changed. */
export function openAnswer(owner: KeyOwner, key: string, sealed: string): string {
  const bytes = Buffer.from(sealed, "base64");
  const decipher = createDecipheriv("aes-256-gcm", sealingKey(owner, key), bytes.subarray(0, 12));
  decipher.setAuthTag(bytes.subarray(12, 28));
  return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString("utf8");
}
