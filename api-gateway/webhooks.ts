import { api } from "encore.dev/api";
import { event_management } from "~encore/clients";
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
} from "../event-management/notifications/webhooks/types.js";

/** Has events posted to an address. Its signing secret is shown this once. */
export const createWebhook = api(
  { method: "POST", path: "/api/v1/webhooks", expose: true, auth: true, sensitive: true },
  async (request: CreateWebhookRequest): Promise<WebhookWithSecret> =>
    event_management.createWebhook(request),
);

/** The tenant's webhooks, newest first. */
export const listWebhooks = api(
  { method: "GET", path: "/api/v1/webhooks", expose: true, auth: true },
  async (request: ListWebhooksRequest): Promise<ListWebhooksResponse> =>
    event_management.listWebhooks(request),
);

/** One webhook. */
export const getWebhook = api(
  { method: "GET", path: "/api/v1/webhooks/:webhookId", expose: true, auth: true },
  async (request: WebhookPathRequest): Promise<Webhook> => event_management.getWebhook(request),
);

/** Changes a webhook's address or what it gets. */
export const updateWebhook = api(
  { method: "PATCH", path: "/api/v1/webhooks/:webhookId", expose: true, auth: true },
  async (request: UpdateWebhookRequest): Promise<Webhook> => event_management.updateWebhook(request),
);

/** Removes a webhook with what waits for it and its log. */
export const deleteWebhook = api(
  { method: "DELETE", path: "/api/v1/webhooks/:webhookId", expose: true, auth: true },
  async (request: WebhookPathRequest): Promise<void> => event_management.deleteWebhook(request),
);

/** Gives a webhook a new secret, shown this once. The old one signs as well while the overlap lasts. */
export const rotateWebhookSecret = api(
  {
    method: "POST",
    path: "/api/v1/webhooks/:webhookId/rotate-secret",
    expose: true,
    auth: true,
    sensitive: true,
  },
  async (request: RotateWebhookSecretRequest): Promise<WebhookWithSecret> =>
    event_management.rotateWebhookSecret(request),
);

/** Lets events wait until the webhook is enabled. */
export const pauseWebhook = api(
  { method: "POST", path: "/api/v1/webhooks/:webhookId/pause", expose: true, auth: true },
  async (request: WebhookPathRequest): Promise<Webhook> => event_management.pauseWebhook(request),
);

/** Lets a webhook that was paused or disabled go on. */
export const enableWebhook = api(
  { method: "POST", path: "/api/v1/webhooks/:webhookId/enable", expose: true, auth: true },
  async (request: WebhookPathRequest): Promise<Webhook> => event_management.enableWebhook(request),
);

/** Posts a test event, `webhook.test`. The delivery tells what became of it. */
export const testWebhook = api(
  { method: "POST", path: "/api/v1/webhooks/:webhookId/test", expose: true, auth: true },
  async (request: WebhookPathRequest): Promise<WebhookDelivery> => event_management.testWebhook(request),
);

/** What was posted to a webhook, newest first. */
export const listWebhookDeliveries = api(
  { method: "GET", path: "/api/v1/webhooks/:webhookId/deliveries", expose: true, auth: true },
  async (request: ListWebhookDeliveriesRequest): Promise<ListWebhookDeliveriesResponse> =>
    event_management.listWebhookDeliveries(request),
);

/** One delivery with its requests and their answers. */
export const getWebhookDelivery = api(
  { method: "GET", path: "/api/v1/webhooks/:webhookId/deliveries/:deliveryId", expose: true, auth: true },
  async (request: WebhookDeliveryPathRequest): Promise<GetWebhookDeliveryResponse> =>
    event_management.getWebhookDelivery(request),
);

/** Posts a delivery again under the same `webhook-id`, whatever became of it. */
export const resendWebhookDelivery = api(
  {
    method: "POST",
    path: "/api/v1/webhooks/:webhookId/deliveries/:deliveryId/resend",
    expose: true,
    auth: true,
  },
  async (request: WebhookDeliveryPathRequest): Promise<WebhookDelivery> =>
    event_management.resendWebhookDelivery(request),
);
