import type { Envelope, NotificationPriority } from "../../../shared/events/types.js";
import type { JsonValue } from "../../../shared/json.js";
import { isTold } from "../../../shared/notifications/event-types.js";

/** An event as people and programs are told of it. */
export interface Notifiable {
  /** What it is called where nothing else is said: a kind such as `job-failed`, else the event type. */
  category: string;
  /** All names that settings and webhooks may choose it by: the category and the event type. */
  names: string[];
  priority: NotificationPriority;
  ruleId?: string;
  /** Fields of the event, without what is not for every reader. */
  event: Record<string, JsonValue>;
  /** The texts, where whoever asked for the notification wrote them. */
  texts?: { title: string; body: string };
  /** Only the owners of the tenant, whatever the settings say. */
  ownersOnly?: boolean;
  envelope: Envelope;
}

/** An event of any topic. */
export interface AnyEvent extends Envelope {
  event: { type: string };
}

const highPriority = new Set([
  "rule-drifted",
  "trigger-capture-warned",
  "job-failed",
  "dead-letter",
  "incident-opened",
  "webhook-disabled",
]);

/** The event as people are told of it; undefined where nobody is. */
export function notifiableOf(message: AnyEvent): Notifiable | undefined {
  const { event, ...envelope } = message;
  if (!isTold(event.type)) return undefined;
  const fields = fieldsOf(event);
  if (event.type === "notification-requested") return requested(fields, envelope);
  const category = categoryOf(fields);
  const ruleId = typeof fields.ruleId === "string" ? fields.ruleId : undefined;
  const { type: _, original: __, stack: ___, ...told } = fields;
  return {
    category,
    names: [...new Set([category, event.type])],
    priority: priorityOf(category, fields),
    ...(ruleId === undefined ? {} : { ruleId }),
    event:
      category === "dead-letter"
        ? { deadLetterId: envelope.deadLetterId ?? envelope.eventId, ...told }
        : told,
    ...(event.type === "webhook-disabled" ? { ownersOnly: true } : {}),
    envelope,
  };
}

function requested(fields: Record<string, JsonValue>, envelope: Envelope): Notifiable {
  const { category, priority, title, body, ruleId, data } = fields;
  return {
    category: String(category),
    names: [String(category)],
    priority: priority as NotificationPriority,
    ...(typeof ruleId === "string" ? { ruleId } : {}),
    event: data as Record<string, JsonValue>,
    texts: { title: String(title), body: String(body) },
    envelope,
  };
}

function categoryOf(fields: Record<string, JsonValue>): string {
  if (fields.type === "job-finished") return fields.outcome === "failed" ? "job-failed" : "job-completed";
  return fields.type === "dead-lettered" ? "dead-letter" : String(fields.type);
}

function priorityOf(category: string, fields: Record<string, JsonValue>): NotificationPriority {
  if (highPriority.has(category)) return "high";
  if (category === "conversion-failed") return fields.conversionType === "automatic" ? "high" : "normal";
  if (category === "job-completed") return Number(fields.failed) > 0 ? "high" : "normal";
  return category.endsWith("-failed") ? "high" : "normal";
}

/** The fields as JSON has them: nothing but own values. */
function fieldsOf(event: { type: string }): Record<string, JsonValue> {
  return JSON.parse(JSON.stringify(event)) as Record<string, JsonValue>;
}
