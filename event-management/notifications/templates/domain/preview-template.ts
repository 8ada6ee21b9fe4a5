import { APIError } from "encore.dev/api";
import Handlebars from "handlebars";
import { newEvent } from "../../../../shared/events/envelope.js";
import type { JsonValue } from "../../../../shared/json.js";
import type { Db } from "../../../db.js";
import { type Notifiable, notifiableOf } from "../../domain/notifiable.js";
import { renderNotificationMail } from "../../mail/domain/render-notification-mail.js";
import type { PreviewNotificationTemplateRequest, PreviewNotificationTemplateResponse } from "../types.js";
import { templateRefusal } from "./safe-templates.js";
import { sampleEvent } from "./sample-events.js";
import { TemplateProblem } from "./template-check.js";
import { checkTexts, getTemplate, templateKey } from "./templates.js";
import { fillTexts, templateValues, type WrittenTexts } from "./write-texts.js";

/** Fills templates with an event, or a sample of one. Throws `invalidArgument` with field, line and column. */
export async function previewTemplate(
  db: Db,
  caller: { tenantId: string; userID: string },
  request: PreviewNotificationTemplateRequest,
): Promise<PreviewNotificationTemplateResponse> {
  const { language = "en", title, body, html } = request;
  const key = templateKey({ ...request, language });
  checkTexts({
    ...(title === undefined ? {} : { title }),
    ...(body === undefined ? {} : { body }),
    ...(html === undefined ? {} : { html }),
  });
  const inUse = await getTemplate(db, caller.tenantId, key);
  const templates = {
    title: title ?? inUse.title,
    body: body ?? inUse.body,
    html: html ?? (body === undefined ? inUse.html : undefined) ?? null,
  };
  const notifiable = sampleNotifiable(caller, request);
  const values = templateValues(notifiable, notifiable.priority);
  const texts = filled(templates, values);
  if (key.channel !== "email") return { title: texts.title, body: texts.body, values };
  const mail = { subject: texts.title, text: texts.body, html: texts.html ?? null };
  const { html: shown } = renderNotificationMail([mail], language);
  return { title: texts.title, body: texts.body, html: shown, values };
}

function filled(
  templates: { title: string; body: string; html: string | null },
  values: Record<string, JsonValue>,
): WrittenTexts {
  try {
    return fillTexts(templates, values);
  } catch (error) {
    if (error instanceof TemplateProblem) throw templateRefusal("template", error);
    if (error instanceof Handlebars.Exception)
      throw APIError.invalidArgument(`template: ${error.message}`, error);
    throw error;
  }
}

function sampleNotifiable(
  caller: { tenantId: string; userID: string },
  { eventType, event }: PreviewNotificationTemplateRequest,
): Notifiable {
  const { tenantId, userID: userId } = caller;
  const fields = { ...sampleEvent(eventType), ...event };
  const type = typeof fields.type === "string" ? fields.type : eventType;
  const notifiable = notifiableOf(newEvent({ ...fields, type }, { tenantId, userId }));
  if (notifiable !== undefined) return notifiable;
  throw APIError.invalidArgument(`eventType: nobody is told of "${eventType}".`);
}
