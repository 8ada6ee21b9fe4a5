import { api } from "encore.dev/api";
import { CronJob } from "encore.dev/cron";
import log from "encore.dev/log";
import { pruneInbox } from "../shared/events/inbox.js";
import { auditDb } from "./audit/db.js";
import { db } from "./db.js";
import { pruneMails } from "./notifications/mail/domain/list-mails.js";
import { pruneDeliveries } from "./notifications/webhooks/domain/webhook-deliveries.js";

/** Longer than any broker keeps a message that it might deliver again. */
const inboxRetentionDays = 30;

/** Forgets which events were handled more than 30 days ago. */
export const pruneInboxes = api(
  { method: "POST", path: "/maintenance/prune-inboxes", expose: false },
  async (): Promise<void> => {
    const before = new Date(Date.now() - inboxRetentionDays * 24 * 60 * 60 * 1000);
    const removed = (await pruneInbox(auditDb, before)) + (await pruneInbox(db, before));
    log.info("inboxes pruned", { removed });
  },
);

const _pruneInboxes = new CronJob("prune-inboxes", {
  title: "Forget events handled long ago",
  every: "24h",
  endpoint: pruneInboxes,
});

const mailRetentionDays = 30;

/** Forgets mails that were asked for more than 30 days ago and wait no more. */
export const pruneOldMails = api(
  { method: "POST", path: "/maintenance/prune-mails", expose: false },
  async (): Promise<void> => {
    const before = new Date(Date.now() - mailRetentionDays * 24 * 60 * 60 * 1000);
    log.info("mails pruned", { removed: await pruneMails(db, before) });
  },
);

const _pruneMails = new CronJob("prune-mails", {
  title: "Forget old mails",
  every: "24h",
  endpoint: pruneOldMails,
});

const deliveryRetentionDays = 30;

/** Forgets what was posted to webhooks more than 30 days ago and waits no more. */
export const pruneWebhookDeliveries = api(
  { method: "POST", path: "/maintenance/prune-webhook-deliveries", expose: false },
  async (): Promise<void> => {
    const before = new Date(Date.now() - deliveryRetentionDays * 24 * 60 * 60 * 1000);
    log.info("webhook deliveries pruned", { removed: await pruneDeliveries(db, before) });
  },
);

const _pruneWebhookDeliveries = new CronJob("prune-webhook-deliveries", {
  title: "Forget old webhook deliveries",
  every: "24h",
  endpoint: pruneWebhookDeliveries,
});
