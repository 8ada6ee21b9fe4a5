import { randomBytes } from "node:crypto";
import { openText, sealText } from "../../../../shared/secrets/sealed-text.js";
import type { ServiceKey } from "../../../../shared/secrets/service-keys.js";

const secretBytes = 32;
/** A webhook signs with the newest secret and those of unfinished rotations, up to so many in all. */
const mostSecrets = 3;

/** A signing secret as it is kept: under AES-256-GCM, bound to its webhook. */
export interface SealedWebhookSecret {
  sealed: string;
  /** The key that it was sealed with. */
  keyId: string;
  /** ISO 8601 instant from which it signs no more; absent for the newest. */
  endsAt?: string;
}

/** Makes a signing secret: `whsec_` and 32 random bytes in base64, as Standard Webhooks has it. */
export function newWebhookSecret(): string {
  return `whsec_${randomBytes(secretBytes).toString("base64")}`;
}

/** Encrypts a secret for one webhook. */
export function sealSecret(key: ServiceKey, webhook: WebhookId, secret: string): SealedWebhookSecret {
  return { sealed: sealText(key, secret, ownerOf(webhook)), keyId: key.id };
}

/** The secrets after a rotation: the new one first, the one before it until `endsAt`. */
export function rotatedSecrets(
  secrets: SealedWebhookSecret[],
  rotation: { next: SealedWebhookSecret; now: Date; endsAt: Date },
): SealedWebhookSecret[] {
  const { next, now, endsAt } = rotation;
  const ended = (secret: SealedWebhookSecret) => ({
    ...secret,
    endsAt:
      secret.endsAt !== undefined && new Date(secret.endsAt) < endsAt ? secret.endsAt : endsAt.toISOString(),
  });
  return [next, ...secrets.map(ended).filter((secret) => isValid(secret, now))].slice(0, mostSecrets);
}

/** The secrets to sign with now, the newest first: those that this key opens. */
export function validSecrets(
  key: ServiceKey,
  webhook: WebhookId & { secrets: SealedWebhookSecret[] },
  now: Date,
): string[] {
  return webhook.secrets
    .filter((secret) => isValid(secret, now) && secret.keyId === key.id)
    .map(({ sealed }) => openText(key, sealed, ownerOf(webhook)));
}

interface WebhookId {
  id: string;
  tenantId: string;
}

function ownerOf({ tenantId, id }: WebhookId): string {
  return `webhook:${tenantId}:${id}`;
}

function isValid(secret: SealedWebhookSecret, now: Date): boolean {
  return secret.endsAt === undefined || new Date(secret.endsAt) > now;
}
