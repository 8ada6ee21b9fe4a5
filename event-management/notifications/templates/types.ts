import type { MailLanguage } from "../../../shared/events/types.js";
import type { JsonValue } from "../../../shared/json.js";

/** What a text is written for. Webhooks carry it as `title` and `text`, beside the event itself. */
export type TemplateChannel = "in-app" | "email" | "webhook";

/** The texts of one kind of event in one channel and language: Handlebars templates. */
export interface NotificationTemplate {
  channel: TemplateChannel;
  /** The event type, or `*` for all that have none of their own. */
  eventType: string;
  language: MailLanguage;
  /** One line: the title, or the subject of a mail. At most 500 characters. */
  title: string;
  /** At most 10,000 characters. */
  body: string;
  /** HTML of a mail, where it is to be other than the body in paragraphs. At most 20,000 characters. */
  html?: string;
  /** Whether the tenant wrote it; otherwise it is built in. */
  custom: boolean;
  updatedAt?: Date;
  updatedBy?: string;
}

export interface ListNotificationTemplatesRequest {
  channel?: TemplateChannel;
  language?: MailLanguage;
}

export interface ListNotificationTemplatesResponse {
  /** The tenant's own templates first, then the built-in ones that they leave in use. */
  templates: NotificationTemplate[];
}

export interface NotificationTemplatePathRequest {
  channel: string;
  eventType: string;
  language: string;
}

export interface PutNotificationTemplateRequest {
  channel: string;
  eventType: string;
  language: string;
  title: string;
  body: string;
  html?: string;
}

export interface PreviewNotificationTemplateRequest {
  channel: TemplateChannel;
  eventType: string;
  /** `en` by default. */
  language?: MailLanguage;
  /** Templates to try; those in use by default. */
  title?: string;
  body?: string;
  html?: string;
  /** Fields of the event to show; those of a sample by default. */
  event?: Record<string, JsonValue>;
}

/** What the templates come to. */
export interface PreviewNotificationTemplateResponse {
  title: string;
  body: string;
  /** The whole mail, in the channel `email`. */
  html?: string;
  /** What the templates were filled with. */
  values: Record<string, JsonValue>;
}
