import { and, asc, eq, inArray } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { z } from "zod";
import type { MailLanguage } from "../../../../shared/events/types.js";
import { checkEventType, refusal } from "../../../../shared/notifications/check-settings.js";
import { withTenant } from "../../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../../db.js";
import type { Notifiable } from "../../domain/notifiable.js";
import { notificationTemplates as templates } from "../../schema.js";
import type {
  ListNotificationTemplatesRequest,
  NotificationTemplate,
  PutNotificationTemplateRequest,
  TemplateChannel,
} from "../types.js";
import { defaultTexts, defaultTextsOf } from "./default-texts.js";
import { checkTemplate, templateRefusal } from "./safe-templates.js";
import { TemplateProblem } from "./template-check.js";
import type { TextTemplates } from "./write-texts.js";

const channels: TemplateChannel[] = ["in-app", "email", "webhook"];
const languages: MailLanguage[] = ["en", "ru"];
const mostTemplates = 300;
const lengths = { title: 500, body: 10_000, html: 20_000 };

/** Which texts a template is for. */
export interface TemplateKey {
  channel: TemplateChannel;
  eventType: string;
  language: MailLanguage;
}

const keySchema = z.object({ channel: z.enum(channels), language: z.enum(languages) });

/** Checks the parts of a template's address. Throws `invalidArgument` with the field. */
export function templateKey(path: { channel: string; eventType: string; language: string }): TemplateKey {
  const parsed = keySchema.safeParse(path);
  if (!parsed.success) {
    const field = String(parsed.error.issues[0]?.path[0]);
    throw refusal(field, `expected ${(field === "channel" ? channels : languages).join(", ")}.`);
  }
  if (path.eventType !== "*") checkEventType("eventType", path.eventType);
  return { ...parsed.data, eventType: path.eventType };
}

/** Checks templates as they come from outside. Throws `invalidArgument` with field, line and column. */
export function checkTexts(texts: { title?: string; body?: string; html?: string }): void {
  for (const field of ["title", "body", "html"] as const) {
    const source = texts[field];
    if (source === undefined) continue;
    if (field === "title" && source.trim() === "") throw refusal(field, "must not be empty.");
    if (source.length > lengths[field])
      throw refusal(field, `at most ${lengths[field]} characters.`, "too_long");
    try {
      checkTemplate(source);
    } catch (error) {
      if (error instanceof TemplateProblem) throw templateRefusal(field, error);
      throw error;
    }
  }
}

/** The tenant's own templates, and the built-in ones that they leave in use. */
export async function listTemplates(
  db: Db,
  tenantId: string,
  request: ListNotificationTemplatesRequest,
): Promise<NotificationTemplate[]> {
  const rows = await withTenant(db, tenantId, (tx) =>
    tx
      .select()
      .from(templates)
      .where(eq(templates.tenantId, tenantId))
      .orderBy(asc(templates.channel), asc(templates.eventType), asc(templates.language))
      .limit(mostTemplates),
  );
  const own = rows.map(toTemplate);
  const taken = new Set(own.map(nameOf));
  const builtIn = channels.flatMap((channel) =>
    languages.flatMap((language) =>
      Object.keys(defaultTexts[language]).map((eventType) =>
        builtInTemplate({ channel, language, eventType }),
      ),
    ),
  );
  return [...own, ...builtIn.filter((template) => !taken.has(nameOf(template)))].filter(
    ({ channel, language }) =>
      (request.channel ?? channel) === channel && (request.language ?? language) === language,
  );
}

/** The template in use for a kind of event: the tenant's, else the built-in one. */
export async function getTemplate(db: Db, tenantId: string, key: TemplateKey): Promise<NotificationTemplate> {
  const [row] = await withTenant(db, tenantId, (tx) =>
    tx.select().from(templates).where(isAt(tenantId, key)),
  );
  return row === undefined ? builtInTemplate(key) : toTemplate(row);
}

/** Writes the tenant's own template. Throws `invalidArgument` with field, line and column where it is wrong. */
export async function putTemplate(
  db: Db,
  author: { tenantId: string; userID: string },
  request: PutNotificationTemplateRequest,
): Promise<NotificationTemplate> {
  const { tenantId, userID: updatedBy } = author;
  const { title, body, html } = request;
  const key = templateKey(request);
  checkTexts({ title, body, ...(html === undefined ? {} : { html }) });
  if (html !== undefined && key.channel !== "email") throw refusal("html", "only mails have HTML.");
  return await withTenant(db, tenantId, async (tx) => {
    const number = await tx.$count(templates, eq(templates.tenantId, tenantId));
    const texts = { title, body, html: html ?? null, updatedBy, updatedAt: new Date() };
    const [row] = await tx
      .insert(templates)
      .values({ tenantId, ...key, ...texts })
      .onConflictDoUpdate({
        target: [templates.tenantId, templates.channel, templates.eventType, templates.language],
        set: texts,
      })
      .returning();
    if (number >= mostTemplates && (await tx.$count(templates, eq(templates.tenantId, tenantId))) > number) {
      throw APIError.resourceExhausted(`A tenant has ${mostTemplates} templates at most.`).withDetails({
        reason: "too_many_templates",
      });
    }
    return toTemplate(row!);
  });
}

/** Goes back to the built-in template. Throws `notFound` where the tenant has none of its own. */
export async function deleteTemplate(db: Db, tenantId: string, key: TemplateKey): Promise<void> {
  const removed = await withTenant(db, tenantId, (tx) =>
    tx.delete(templates).where(isAt(tenantId, key)).returning({ channel: templates.channel }),
  );
  if (removed.length === 0) throw APIError.notFound("No such template of the organization's own.");
}

/** The tenant's own templates for an event in a channel, by language. The tenant must be set on the transaction. */
export async function ownTemplates(
  tx: Db,
  tenantId: string,
  request: { channel: TemplateChannel; notifiable: Notifiable },
): Promise<Map<MailLanguage, TextTemplates>> {
  const names = [...request.notifiable.names, "*"];
  const rows = await tx
    .select()
    .from(templates)
    .where(
      and(
        eq(templates.tenantId, tenantId),
        eq(templates.channel, request.channel),
        inArray(templates.eventType, names),
      ),
    );
  rows.sort((a, b) => names.indexOf(b.eventType) - names.indexOf(a.eventType));
  return new Map(rows.map((row) => [row.language, row]));
}

function isAt(tenantId: string, { channel, eventType, language }: TemplateKey) {
  return and(
    eq(templates.tenantId, tenantId),
    eq(templates.channel, channel),
    eq(templates.eventType, eventType),
    eq(templates.language, language),
  );
}

function builtInTemplate(key: TemplateKey): NotificationTemplate {
  return { ...key, ...defaultTextsOf(key.eventType, key.language), custom: false };
}

function nameOf({ channel, eventType, language }: TemplateKey): string {
  return `${channel}/${eventType}/${language}`;
}

function toTemplate(row: typeof templates.$inferSelect): NotificationTemplate {
  const { tenantId: _, html, ...rest } = row;
  return { ...rest, ...(html === null ? {} : { html }), custom: true };
}
