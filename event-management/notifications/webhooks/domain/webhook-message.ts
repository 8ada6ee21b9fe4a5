import { randomUUID } from "node:crypto";
import type { JsonValue } from "../../../../shared/json.js";
import { boundedValues } from "../../domain/bounded-values.js";
import type { Notifiable } from "../../domain/notifiable.js";
import type { WrittenTexts } from "../../templates/domain/write-texts.js";

const longestBody = 256 * 1024;

/** The `webhook-id` of an event in a language: equal however often the event is delivered. */
export function messageIdOf(eventId: string, language: string): string {
  return `msg_${eventId.replaceAll("-", "")}${language === "en" ? "" : `_${language}`}`;
}

/** The `webhook-id` of a message that no event stands behind. */
export function newMessageId(): string {
  return `msg_${randomUUID().replaceAll("-", "")}`;
}

/**
 * The body that is posted: `type`, `timestamp` and `data` as Standard Webhooks recommends, and beside them who, where
 * and how to say it. Data of more than 256 KiB is cut, and `truncated` says so.
 */
export function messageBody(notifiable: Notifiable, texts: WrittenTexts, priority: string): string {
  const { category, envelope, event, ruleId } = notifiable;
  const { eventId, time, tenantId, userId, projectId, correlationId } = envelope;
  const message = {
    type: category,
    timestamp: time,
    ...{ eventId, eventType: envelope.type, tenantId, userId, projectId, correlationId, ruleId, priority },
    title: texts.title,
    text: texts.body,
  };
  const whole = JSON.stringify({ ...message, data: event });
  if (Buffer.byteLength(whole) <= longestBody) return whole;
  return JSON.stringify({ ...message, truncated: true, data: boundedValues(event) });
}

/** The body of the test event. */
export function testBody(webhook: { id: string; tenantId: string }, now: Date): string {
  const data: Record<string, JsonValue> = { webhookId: webhook.id };
  const title = "Test of a webhook";
  const text = "Nothing happened: somebody tries whether this webhook arrives.";
  const message = { type: "webhook.test", timestamp: now.toISOString(), tenantId: webhook.tenantId };
  return JSON.stringify({ ...message, priority: "low", title, text, data });
}
