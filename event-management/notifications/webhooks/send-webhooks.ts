import log from "encore.dev/log";
import { db } from "../../db.js";
import { webhookAttempts } from "../../metrics.js";
import { webhookPoster } from "./domain/post-webhook.js";
import { WebhookSender } from "./domain/webhook-sender.js";
import { webhookKey } from "./webhook-key.js";

const poster = webhookPoster();

const sender = new WebhookSender({
  db,
  key: webhookKey,
  post: poster.post,
  onAttempt: ({ id: deliveryId, endpointId: webhookId, eventType, attempt }, standing) => {
    webhookAttempts.with({ standing }).increment();
    const fields = { deliveryId, webhookId, eventType, attempt, standing };
    if (standing === "delivered") log.info("webhook delivered", fields);
    else log.warn("webhook not delivered", fields);
  },
  onError: (error, failures) => log.warn(error, "webhooks not readable; trying again", { failures }),
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => void sender.stop().then(() => poster.close()));
}

/** Has webhooks look for what is due now. */
export function wakeWebhooks(): void {
  sender.wake();
}
