import { Webhook } from "standardwebhooks";
import { PolledWorker } from "../../../../shared/concurrency/polled-worker.js";
import type { ServiceKey } from "../../../../shared/secrets/service-keys.js";
import type { Db } from "../../../db.js";
import type { PostWebhook } from "./post-webhook.js";
import {
  type BusyReceivers,
  type ClaimedDelivery,
  claimDeliveries,
  type DeliveryStanding,
  failExhausted,
  noteAttempt,
  recordOutcome,
} from "./webhook-attempts.js";
import { validSecrets } from "./webhook-secrets.js";

export interface WebhookSenderOptions {
  db: Db;
  /** The key that secrets are sealed with. */
  key: () => Promise<ServiceKey>;
  post: PostWebhook;
  /** `Date.now`, as a date, by default. */
  now?: () => Date;
  random?: () => number;
  /** Requests at the same time; 32 by default. */
  concurrency?: number;
  pollMs?: number;
  onAttempt: (delivery: ClaimedDelivery, standing: DeliveryStanding) => void;
  onError: (error: unknown, failures: number) => void;
}

/** Requests to one webhook, and to all of one tenant, at the same time: a slow receiver takes no more than that. */
const mostToWebhook = 4;
const mostToTenant = 16;
/** The key of this installation is another one than the secret was sealed with. */
const unreadable = { error: "The webhook's secret cannot be read; rotate it." };

/**
 * Posts queued events to webhooks, at least once: a sender that dies between the receiver's answer and its own note
 * leaves the delivery to the next attempt, which carries the same `webhook-id`. Any number of senders may work on one
 * database.
 */
export class WebhookSender {
  private readonly active = new Map<Promise<void>, ClaimedDelivery>();
  private readonly worker: PolledWorker;

  constructor(private readonly options: WebhookSenderOptions) {
    const { pollMs, onError } = options;
    const poll = pollMs === undefined ? {} : { pollMs };
    this.worker = new PolledWorker({ work: () => this.claim(), onError, ...poll });
  }

  /** Looks for due deliveries now. */
  wake(): void {
    this.worker.wake();
  }

  /** Waits for the requests in hand, then sends no more. */
  async stop(): Promise<void> {
    await this.worker.stop();
    await Promise.all(this.active.keys());
  }

  private async claim(): Promise<boolean> {
    const { db, concurrency = 32 } = this.options;
    const now = this.now();
    const most = concurrency - this.active.size;
    if (most <= 0) return false;
    await failExhausted(db, now);
    for (const delivery of await claimDeliveries(db, { most, now, busy: this.busy() })) this.start(delivery);
    return false;
  }

  private busy(): BusyReceivers {
    const deliveries = [...this.active.values()];
    const tooMany = (idOf: (delivery: ClaimedDelivery) => string, most: number) =>
      [...Map.groupBy(deliveries, idOf)].filter(([, group]) => group.length >= most).map(([id]) => id);
    return {
      endpointIds: tooMany(({ endpointId }) => endpointId, mostToWebhook),
      tenantIds: tooMany(({ tenantId }) => tenantId, mostToTenant),
    };
  }

  private start(delivery: ClaimedDelivery): void {
    const attempt = this.attempt(delivery)
      .catch((error: unknown) => this.options.onError(error, 1))
      .finally(() => {
        this.active.delete(attempt);
        this.wake();
      });
    this.active.set(attempt, delivery);
  }

  private async attempt(delivery: ClaimedDelivery): Promise<void> {
    const { db, post, random = Math.random, onAttempt } = this.options;
    const startedAt = this.now();
    const headers = await this.headers(delivery, startedAt);
    await noteAttempt(db, delivery, { startedAt, requestHeaders: headers });
    const began = performance.now();
    const signed = headers["webhook-signature"] !== "";
    const answer = signed ? await post({ url: delivery.url, headers, body: delivery.body }) : unreadable;
    const durationMs = Math.round(performance.now() - began);
    const standing = await recordOutcome(db, delivery, {
      answer,
      durationMs,
      now: this.now(),
      random: random(),
    });
    onAttempt(delivery, standing);
  }

  private async headers(delivery: ClaimedDelivery, at: Date): Promise<Record<string, string>> {
    const { tenantId, endpointId: id, secrets, messageId, body, attempt } = delivery;
    const valid = validSecrets(await this.options.key(), { id, tenantId, secrets }, at);
    return {
      "content-type": "application/json",
      "user-agent": "Axion-Webhooks/1.0",
      "webhook-id": messageId,
      "webhook-timestamp": String(Math.floor(at.getTime() / 1_000)),
      "webhook-signature": valid.map((secret) => new Webhook(secret).sign(messageId, at, body)).join(" "),
      "webhook-attempt": String(attempt),
    };
  }

  private now(): Date {
    return this.options.now?.() ?? new Date();
  }
}
