import { api } from "encore.dev/api";
import { requireIdentity } from "../../../shared/tenancy/identity.js";
import { db } from "../../db.js";
import { previewTemplate } from "./domain/preview-template.js";
import * as domain from "./domain/templates.js";
import type {
  ListNotificationTemplatesRequest,
  ListNotificationTemplatesResponse,
  NotificationTemplate,
  NotificationTemplatePathRequest,
  PreviewNotificationTemplateRequest,
  PreviewNotificationTemplateResponse,
  PutNotificationTemplateRequest,
} from "./types.js";

/** The texts that people are told with: the tenant's own first, then the built-in ones in use. */
export const listNotificationTemplates = api(
  { method: "GET", path: "/notification-templates", expose: false, auth: true },
  async (request: ListNotificationTemplatesRequest): Promise<ListNotificationTemplatesResponse> => ({
    templates: await domain.listTemplates(db, requireIdentity().tenantId, request),
  }),
);

/** The texts in use for a kind of event. */
export const getNotificationTemplate = api(
  { method: "GET", path: "/notification-templates/:channel/:eventType/:language", expose: false, auth: true },
  async (request: NotificationTemplatePathRequest): Promise<NotificationTemplate> =>
    domain.getTemplate(db, requireIdentity().tenantId, domain.templateKey(request)),
);

/** Writes the tenant's own texts for a kind of event. A wrong template is refused with line and column. */
export const putNotificationTemplate = api(
  { method: "PUT", path: "/notification-templates/:channel/:eventType/:language", expose: false, auth: true },
  async (request: PutNotificationTemplateRequest): Promise<NotificationTemplate> =>
    domain.putTemplate(db, requireIdentity(), request),
);

/** Goes back to the built-in texts. */
export const deleteNotificationTemplate = api(
  {
    method: "DELETE",
    path: "/notification-templates/:channel/:eventType/:language",
    expose: false,
    auth: true,
  },
  async (request: NotificationTemplatePathRequest): Promise<void> =>
    domain.deleteTemplate(db, requireIdentity().tenantId, domain.templateKey(request)),
);

/** What templates come to for an event, or for a sample of one. Nothing is stored or sent. */
export const previewNotificationTemplate = api(
  { method: "POST", path: "/notification-templates/preview", expose: false, auth: true },
  async (request: PreviewNotificationTemplateRequest): Promise<PreviewNotificationTemplateResponse> =>
    previewTemplate(db, requireIdentity(), request),
);
