import { and, eq, inArray, ne } from "drizzle-orm";
import type { Db } from "../../../db.js";
import { concernsRule, includesEvent } from "../../domain/effective-preferences.js";
import type { Notifiable } from "../../domain/notifiable.js";
import { webhookDeliveries, webhookEndpoints, webhookMessages } from "../../schema.js";
import { ownTemplates } from "../../templates/domain/templates.js";
import { writeTexts } from "../../templates/domain/write-texts.js";
import { messageBody, messageIdOf } from "./webhook-message.js";

/** What of a webhook decides whether it gets an event. */
export type WebhookChoice = Pick<
  typeof webhookEndpoints.$inferSelect,
  "id" | "eventTypes" | "ruleIds" | "language"
>;

/** The tenant's webhooks that take events: those that wait for a pause to end, too. The tenant must be set. */
export async function webhookChoices(tx: Db, tenantId: string): Promise<WebhookChoice[]> {
  const { id, eventTypes, ruleIds, language } = webhookEndpoints;
  return await tx
    .select({ id, eventTypes, ruleIds, language })
    .from(webhookEndpoints)
    .where(and(eq(webhookEndpoints.tenantId, tenantId), ne(webhookEndpoints.state, "disabled")));
}

/** The webhooks that want an event. */
export function wantingWebhooks(choices: WebhookChoice[], notifiable: Notifiable): WebhookChoice[] {
  return choices.filter(
    ({ eventTypes, ruleIds }) => includesEvent(eventTypes, notifiable) && concernsRule(ruleIds, notifiable),
  );
}

/** Queues an event for webhooks: one message a language, one delivery a webhook. The tenant must be set. */
export async function enqueueWebhooks(
  tx: Db,
  request: { notifiable: Notifiable; webhooks: WebhookChoice[]; now: Date },
): Promise<void> {
  const { notifiable, webhooks, now } = request;
  const { tenantId, eventId } = notifiable.envelope;
  const { priority, category: eventType } = notifiable;
  const own = await ownTemplates(tx, tenantId, { channel: "webhook", notifiable });
  for (const [language, group] of Map.groupBy(webhooks, (webhook) => webhook.language)) {
    const custom = own.get(language);
    const texts = writeTexts(notifiable, { language, priority, ...(custom ? { custom } : {}) });
    const id = messageIdOf(eventId, language);
    const body = messageBody(notifiable, texts, priority);
    await tx.insert(webhookMessages).values({ id, tenantId, eventType, body, createdAt: now });
    // A webhook that was removed since its settings were read gets nothing.
    const present = await tx
      .select({ endpointId: webhookEndpoints.id })
      .from(webhookEndpoints)
      .where(
        and(
          eq(webhookEndpoints.tenantId, tenantId),
          inArray(
            webhookEndpoints.id,
            group.map((webhook) => webhook.id),
          ),
        ),
      )
      .for("key share");
    if (present.length === 0) continue;
    const delivery = { tenantId, messageId: id, nextAttemptAt: now, createdAt: now };
    await tx.insert(webhookDeliveries).values(present.map(({ endpointId }) => ({ ...delivery, endpointId })));
  }
}
