import { api } from "encore.dev/api";
import { event_management } from "~encore/clients";
import type {
  ListNotificationTemplatesRequest,
  ListNotificationTemplatesResponse,
  NotificationTemplate,
  NotificationTemplatePathRequest,
  PreviewNotificationTemplateRequest,
  PreviewNotificationTemplateResponse,
  PutNotificationTemplateRequest,
} from "../event-management/notifications/templates/types.js";

/** The texts that people are told with: the tenant's own first, then the built-in ones in use. */
export const listNotificationTemplates = api(
  { method: "GET", path: "/api/v1/notifications/templates", expose: true, auth: true },
  async (request: ListNotificationTemplatesRequest): Promise<ListNotificationTemplatesResponse> =>
    event_management.listNotificationTemplates(request),
);

/** The texts in use for a kind of event. */
export const getNotificationTemplate = api(
  {
    method: "GET",
    path: "/api/v1/notifications/templates/:channel/:eventType/:language",
    expose: true,
    auth: true,
  },
  async (request: NotificationTemplatePathRequest): Promise<NotificationTemplate> =>
    event_management.getNotificationTemplate(request),
);

/** Writes the tenant's own texts for a kind of event. A wrong template is refused with line and column. */
export const putNotificationTemplate = api(
  {
    method: "PUT",
    path: "/api/v1/notifications/templates/:channel/:eventType/:language",
    expose: true,
    auth: true,
  },
  async (request: PutNotificationTemplateRequest): Promise<NotificationTemplate> =>
    event_management.putNotificationTemplate(request),
);

/** Goes back to the built-in texts. */
export const deleteNotificationTemplate = api(
  {
    method: "DELETE",
    path: "/api/v1/notifications/templates/:channel/:eventType/:language",
    expose: true,
    auth: true,
  },
  async (request: NotificationTemplatePathRequest): Promise<void> =>
    event_management.deleteNotificationTemplate(request),
);

/** What templates come to for an event, or for a sample of one. Nothing is stored or sent. */
export const previewNotificationTemplate = api(
  { method: "POST", path: "/api/v1/notifications/templates/preview", expose: true, auth: true },
  async (request: PreviewNotificationTemplateRequest): Promise<PreviewNotificationTemplateResponse> =>
    event_management.previewNotificationTemplate(request),
);
