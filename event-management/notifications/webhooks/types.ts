import type { MailLanguage } from "../../../shared/events/types.js";

/**
 * `paused`: events wait until it is enabled. `disabled`: given up after five days of failure or by the receiver's
 * 410; events that happen meanwhile are not kept for it.
 */
export type WebhookState = "active" | "paused" | "disabled";

/** `pending`: waits for its next attempt. `failed`: given up after the last one, or refused for good. */
export type WebhookDeliveryState = "pending" | "delivered" | "failed";

/** An address that events are posted to, as Standard Webhooks has it. */
export interface Webhook {
  id: string;
  url: string;
  description: string;
  /** Event types; `*` stands for all. */
  eventTypes: string[];
  /** Only events of these rules; of all, and those without a rule, where it is empty. */
  ruleIds: string[];
  /** Language of `title` and `text`. */
  language: MailLanguage;
  state: WebhookState;
  /** Why it was disabled. */
  disabledReason?: string;
  /** The first failure since the last success. Five days later the webhook is disabled. */
  failingSince?: Date;
  /** Until when the secret before the last rotation signs as well. */
  previousSecretEndsAt?: Date;
  createdBy: string;
  createdAt: Date;
  updatedAt: Date;
}

/** A webhook with its signing secret, which is shown this once. */
export interface WebhookWithSecret {
  webhook: Webhook;
  /** `whsec_` and 32 bytes in base64. */
  secret: string;
}

export interface CreateWebhookRequest {
  /** `https://…`; at most 2,000 characters, without user and password. */
  url: string;
  /** At most 200 characters. */
  description?: string;
  /** At least one; `*` stands for all. */
  eventTypes: string[];
  ruleIds?: string[];
  /** `en` by default. */
  language?: MailLanguage;
}

/** Settings left out keep their value. */
export interface UpdateWebhookRequest {
  webhookId: string;
  url?: string;
  description?: string;
  eventTypes?: string[];
  ruleIds?: string[];
  language?: MailLanguage;
}

export interface WebhookPathRequest {
  webhookId: string;
}

export interface ListWebhooksRequest {
  state?: WebhookState;
  /** `createdAt`, `updatedAt` or `url`, with `-` before it for falling order; `-createdAt` by default. */
  sort?: string;
  /** 1 to 200; 50 by default. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

export interface ListWebhooksResponse {
  webhooks: Webhook[];
  /** Absent on the last page. */
  nextCursor?: string;
}

export interface RotateWebhookSecretRequest {
  webhookId: string;
  /** How long the old secret signs as well: 0 to 168 hours; 24 by default. */
  overlapHours?: number;
}

/** One event on its way to one webhook. */
export interface WebhookDelivery {
  id: string;
  webhookId: string;
  /** The header `webhook-id`: equal in every attempt, also after a resend. */
  messageId: string;
  eventType: string;
  state: WebhookDeliveryState;
  attempts: number;
  /** When the next attempt is due; absent where there is none. */
  nextAttemptAt?: Date;
  /** Status of the last answer. */
  lastStatus?: number;
  /** Why the last attempt failed. */
  lastError?: string;
  createdAt: Date;
  settledAt?: Date;
}

export interface ListWebhookDeliveriesRequest {
  webhookId: string;
  state?: WebhookDeliveryState;
  eventType?: string;
  /** `createdAt`, with `-` before it for falling order; `-createdAt` by default. */
  sort?: string;
  /** 1 to 200; 50 by default. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

export interface ListWebhookDeliveriesResponse {
  deliveries: WebhookDelivery[];
  /** Absent on the last page. */
  nextCursor?: string;
}

export interface WebhookDeliveryPathRequest {
  webhookId: string;
  deliveryId: string;
}

/** One request to a webhook and what it answered. */
export interface WebhookAttempt {
  /** From 1. */
  number: number;
  startedAt: Date;
  /** Absent while the attempt lasts, and where it was interrupted. */
  durationMs?: number;
  /** Headers as they were sent. */
  requestHeaders: Record<string, string>;
  responseStatus?: number;
  /** At most 50. */
  responseHeaders?: Record<string, string>;
  /** The first 4,096 bytes. */
  responseBody?: string;
  /** Why it failed; absent where it did not. */
  error?: string;
}

export interface GetWebhookDeliveryResponse {
  delivery: WebhookDelivery;
  /** The body that is posted. */
  requestBody: string;
  /** The last 50, newest first. */
  attempts: WebhookAttempt[];
}
