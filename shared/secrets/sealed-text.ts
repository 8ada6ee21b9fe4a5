import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { ServiceKey } from "./service-keys.js";

const algorithm = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;

/**
 * Encrypts `text` with AES-256-GCM under a random nonce (NIST SP 800-38D). `boundTo` names what the text belongs
 * to; it is authenticated, so that a sealed text moved to another row does not open. Result: base64 of nonce, tag
 * and ciphertext.
 */
export function sealText(key: ServiceKey, text: string, boundTo: string): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key.bytes, nonce).setAAD(Buffer.from(boundTo));
  const ciphertext = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), ciphertext]).toString("base64");
}

/** Opens what `sealText` made. Throws where the key, the text or `boundTo` is not the one it was sealed with. */
export function openText(key: ServiceKey, sealed: string, boundTo: string): string {
  const bytes = Buffer.from(sealed, "base64");
  const decipher = createDecipheriv(algorithm, key.bytes, bytes.subarray(0, nonceBytes))
    .setAAD(Buffer.from(boundTo))
    .setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
  return Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]).toString(
    "utf8",
  );
}
