import { api } from "encore.dev/api";
import { isLocalDevelopment } from "../../../shared/environment.js";
import { requireIdentity } from "../../../shared/tenancy/identity.js";
import { db } from "../../db.js";
import * as deliveries from "./domain/webhook-deliveries.js";
import * as domain from "./domain/webhooks.js";
import { wakeWebhooks } from "./send-webhooks.js";
import type {
  CreateWebhookRequest,
  GetWebhookDeliveryResponse,
  ListWebhookDeliveriesRequest,
  ListWebhookDeliveriesResponse,
  ListWebhooksRequest,
  ListWebhooksResponse,
  RotateWebhookSecretRequest,
  UpdateWebhookRequest,
  Webhook,
  WebhookDelivery,
  WebhookDeliveryPathRequest,
  WebhookPathRequest,
  WebhookWithSecret,
} from "./types.js";
import { webhookKey } from "./webhook-key.js";

/** Has events posted to an address. Its signing secret is shown this once. */
export const createWebhook = api(
  { method: "POST", path: "/webhooks", expose: false, auth: true, sensitive: true },
  async (request: CreateWebhookRequest): Promise<WebhookWithSecret> => {
    const key = await webhookKey();
    return await domain.createWebhook(db, requireIdentity(), {
      ...request,
      key,
      allowHttp: isLocalDevelopment(),
    });
  },
);

/** The tenant's webhooks, newest first. */
export const listWebhooks = api(
  { method: "GET", path: "/webhooks", expose: false, auth: true },
  async (request: ListWebhooksRequest): Promise<ListWebhooksResponse> =>
    domain.listWebhooks(db, requireIdentity().tenantId, request),
);

/** One webhook. */
export const getWebhook = api(
  { method: "GET", path: "/webhooks/:webhookId", expose: false, auth: true },
  async (request: WebhookPathRequest): Promise<Webhook> =>
    domain.getWebhook(db, requireIdentity().tenantId, request.webhookId),
);

/** Changes a webhook's address or what it gets. */
export const updateWebhook = api(
  { method: "PATCH", path: "/webhooks/:webhookId", expose: false, auth: true },
  async (request: UpdateWebhookRequest): Promise<Webhook> =>
    domain.updateWebhook(db, requireIdentity(), { ...request, allowHttp: isLocalDevelopment() }),
);

/** Removes a webhook with what waits for it and its log. */
export const deleteWebhook = api(
  { method: "DELETE", path: "/webhooks/:webhookId", expose: false, auth: true },
  async (request: WebhookPathRequest): Promise<void> =>
    domain.deleteWebhook(db, requireIdentity(), request.webhookId),
);

/** Gives a webhook a new secret, shown this once. The old one signs as well while the overlap lasts. */
export const rotateWebhookSecret = api(
  { method: "POST", path: "/webhooks/:webhookId/rotate-secret", expose: false, auth: true, sensitive: true },
  async (request: RotateWebhookSecretRequest): Promise<WebhookWithSecret> => {
    const key = await webhookKey();
    return await domain.rotateSecret(db, requireIdentity(), { ...request, key, now: new Date() });
  },
);

/** Lets events wait until the webhook is enabled. */
export const pauseWebhook = api(
  { method: "POST", path: "/webhooks/:webhookId/pause", expose: false, auth: true },
  async (request: WebhookPathRequest): Promise<Webhook> =>
    domain.pauseWebhook(db, requireIdentity(), request.webhookId),
);

/** Lets a webhook that was paused or disabled go on. */
export const enableWebhook = api(
  { method: "POST", path: "/webhooks/:webhookId/enable", expose: false, auth: true },
  async (request: WebhookPathRequest): Promise<Webhook> => {
    const webhook = await domain.enableWebhook(db, requireIdentity(), request.webhookId);
    wakeWebhooks();
    return webhook;
  },
);

/** Posts a test event, `webhook.test`. The delivery tells what became of it. */
export const testWebhook = api(
  { method: "POST", path: "/webhooks/:webhookId/test", expose: false, auth: true },
  async (request: WebhookPathRequest): Promise<WebhookDelivery> => {
    const { tenantId } = requireIdentity();
    const delivery = await deliveries.sendTestEvent(db, tenantId, { ...request, now: new Date() });
    wakeWebhooks();
    return delivery;
  },
);

/** What was posted to a webhook, newest first. */
export const listWebhookDeliveries = api(
  { method: "GET", path: "/webhooks/:webhookId/deliveries", expose: false, auth: true },
  async (request: ListWebhookDeliveriesRequest): Promise<ListWebhookDeliveriesResponse> =>
    deliveries.listDeliveries(db, requireIdentity().tenantId, request),
);

/** One delivery with its requests and their answers. */
export const getWebhookDelivery = api(
  { method: "GET", path: "/webhooks/:webhookId/deliveries/:deliveryId", expose: false, auth: true },
  async (request: WebhookDeliveryPathRequest): Promise<GetWebhookDeliveryResponse> =>
    deliveries.getDelivery(db, requireIdentity().tenantId, request),
);

/** Posts a delivery again under the same `webhook-id`, whatever became of it. */
export const resendWebhookDelivery = api(
  { method: "POST", path: "/webhooks/:webhookId/deliveries/:deliveryId/resend", expose: false, auth: true },
  async (request: WebhookDeliveryPathRequest): Promise<WebhookDelivery> => {
    const { tenantId } = requireIdentity();
    const delivery = await deliveries.resendDelivery(db, tenantId, { ...request, now: new Date() });
    wakeWebhooks();
    return delivery;
  },
);
