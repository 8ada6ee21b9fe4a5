import { secret } from "encore.dev/config";
import {
  requireConfigured,
  resolveServiceKey,
  type ServiceKey,
} from "../../../shared/secrets/service-keys.js";
import { db } from "../../db.js";

const configuredKey = secret("WebhookKey");

requireConfigured("WebhookKey", configuredKey());

let resolved: Promise<ServiceKey> | undefined;

/** The key that webhooks' signing secrets are encrypted with. */
export function webhookKey(): Promise<ServiceKey> {
  resolved ??= resolveServiceKey(db, "WebhookKey", configuredKey()).catch((error) => {
    resolved = undefined;
    throw error;
  });
  return resolved;
}
