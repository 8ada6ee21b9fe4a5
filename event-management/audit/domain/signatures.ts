import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import type { ServiceKey } from "../../../shared/secrets/service-keys.js";
import { canonicalJson } from "./chain.js";

/** Where a chain ends, or up to where it was removed. */
export interface ChainPoint {
  tenantId: string;
  sequence: number;
  hash: string;
  /** When the row was appended, ISO 8601. */
  recordedAt: string;
}

/** What a signature is for: the same numbers signed for one purpose say nothing for another. */
export type SignedPurpose = "audit-head" | "audit-anchor" | "audit-checkpoint";

export interface Signature {
  signature: string;
  keyId: string;
}

/** A public key as it is published: a JSON Web Key (RFC 8037) with an id. */
export interface PublishedKey {
  kid: string;
  kty: "OKP";
  crv: "Ed25519";
  /** The public key, base64url. */
  x: string;
}

/** Beginning of a PKCS #8 document that holds an Ed25519 seed (RFC 8410). */
const pkcs8Prefix = Buffer.from("302e020100300506032b657004220420", "hex");

/** Signs points of chains with Ed25519. Several keys may be known; the first signs. */
export class ChainSigner {
  private readonly keys: { id: string; key: KeyObject }[];

  constructor(keys: readonly ServiceKey[]) {
    this.keys = keys.map(({ id, bytes }) => ({
      id,
      key: createPrivateKey({
        key: Buffer.concat([pkcs8Prefix, bytes]),
        format: "der",
        type: "pkcs8",
      }),
    }));
    if (this.keys.length === 0) throw new Error("A key to sign the audit log with is needed.");
  }

  sign(purpose: SignedPurpose, point: ChainPoint): Signature {
    const { id, key } = this.keys[0]!;
    return { signature: sign(null, signedBytes(purpose, point), key).toString("base64url"), keyId: id };
  }

  /** The public keys, the one that signs first. */
  published(): PublishedKey[] {
    return this.keys.map(({ id, key }) => {
      const { x } = createPublicKey(key).export({ format: "jwk" });
      return { kid: id, kty: "OKP", crv: "Ed25519", x: x! };
    });
  }
}

/** Whether one of the keys signed the point. */
export function isSigned(
  keys: readonly PublishedKey[],
  purpose: SignedPurpose,
  signed: ChainPoint & Signature,
): boolean {
  const { signature, keyId, tenantId, sequence, hash, recordedAt } = signed;
  const known = keys.find(({ kid }) => kid === keyId);
  if (known === undefined) return false;
  const { kty, crv, x } = known;
  const key = createPublicKey({ key: { kty, crv, x }, format: "jwk" });
  const bytes = signedBytes(purpose, { tenantId, sequence, hash, recordedAt });
  return verify(null, bytes, key, Buffer.from(signature, "base64url"));
}

function signedBytes(purpose: SignedPurpose, { tenantId, sequence, hash, recordedAt }: ChainPoint): Buffer {
  return Buffer.from(canonicalJson({ purpose, tenantId, sequence, hash, recordedAt }));
}
