import Handlebars from "handlebars";
import type { MailLanguage } from "../../../../shared/events/types.js";
import type { JsonValue } from "../../../../shared/json.js";
import { boundedValues } from "../../domain/bounded-values.js";
import type { Notifiable } from "../../domain/notifiable.js";
import { defaultTextsOf } from "./default-texts.js";
import { fillTemplate, type TemplateValues } from "./safe-templates.js";
import { TemplateProblem } from "./template-check.js";

/** Templates of one kind of event in one channel and language. */
export interface TextTemplates {
  title: string;
  body: string;
  html?: string | null;
}

/** What an event is told with. */
export interface WrittenTexts {
  title: string;
  body: string;
  /** Only where the tenant wrote a template for it. */
  html?: string;
}

const longestTitle = 500;
const longestBody = 10_000;

/** What templates are filled with for an event. */
export function templateValues(notifiable: Notifiable, priority: string): TemplateValues {
  const { category, ruleId, texts, envelope, event } = notifiable;
  const { type, time, projectId, tenantId, userId, correlationId } = envelope;
  const values: Record<string, JsonValue | undefined> = {
    ...{ type, category, time, priority, ruleId, projectId, tenantId, userId, correlationId },
    ...texts,
    event,
  };
  const given = Object.entries(values).filter(
    (entry): entry is [string, JsonValue] => entry[1] !== undefined,
  );
  return boundedValues(Object.fromEntries(given));
}

/**
 * The texts of an event: by the tenant's templates where there are any, else those that whoever asked for the
 * notification wrote, else the built-in ones. A template of the tenant that turns out not to work for this event gives
 * way to the built-in one: a notification is never lost for its wording.
 */
export function writeTexts(
  notifiable: Notifiable,
  options: { language: MailLanguage; priority: string; custom?: TextTemplates },
): WrittenTexts {
  const { custom, language, priority } = options;
  const values = templateValues(notifiable, priority);
  if (custom !== undefined) {
    try {
      return fillTexts(custom, values);
    } catch (error) {
      if (!(error instanceof TemplateProblem || error instanceof Handlebars.Exception)) throw error;
    }
  }
  if (notifiable.texts !== undefined) return bounded(notifiable.texts);
  return fillTexts(defaultTextsOf(notifiable.category, language), values);
}

/** Fills the templates. Throws `TemplateProblem`. */
export function fillTexts(templates: TextTemplates, values: TemplateValues): WrittenTexts {
  const { title, body, html } = templates;
  const texts = bounded({
    title: fillTemplate(title, values, { html: false }),
    body: fillTemplate(body, values, { html: false }),
  });
  return html ? { ...texts, html: fillTemplate(html, values, { html: true }) } : texts;
}

function bounded({ title, body }: { title: string; body: string }): { title: string; body: string } {
  const line = title.replace(/[\p{C}\s]+/gu, " ").trim();
  return { title: line.slice(0, longestTitle), body: body.trim().slice(0, longestBody) };
}
