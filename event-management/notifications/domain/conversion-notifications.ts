import type { ConversionEvent, DeadLetterEvent, NotificationPriority } from "../../../shared/events/types.js";
import type { JsonValue } from "../../../shared/json.js";
import type { NotificationTopic } from "../../../tenant-management/types.js";

/** A notification before anyone is asked whether it is wanted. */
export interface NotificationDraft {
  category: NotificationTopic;
  priority: NotificationPriority;
  title: string;
  body: string;
  data: Record<string, JsonValue>;
}

/** What people are told of a conversion event; undefined for the events that nobody is told of. */
export function notificationOf({ event }: ConversionEvent): NotificationDraft | undefined {
  switch (event.type) {
    case "conversion-failed":
      return {
        category: "conversion-failed",
        priority: event.conversionType === "automatic" ? "high" : "normal",
        title: `${event.sourceEntity} → ${event.targetEntity}: a record failed`,
        body: `Record ${event.sourceRecordId}: ${event.error}`,
        data: { ruleId: event.ruleId, sourceRecordId: event.sourceRecordId, errorCode: event.errorCode },
      };
    case "job-finished": {
      const { jobId, ruleId, outcome, converted, unchanged, skipped, failed } = event;
      const completed = outcome !== "failed";
      return {
        category: completed ? "job-completed" : "job-failed",
        priority: completed && failed === 0 ? "normal" : "high",
        title: `${event.sourceEntity} → ${event.targetEntity}: job ${outcome}`,
        body:
          event.error ??
          `${converted} converted, ${unchanged} unchanged, ${skipped} skipped, ${failed} failed.`,
        data: { jobId, ruleId, outcome, converted, unchanged, skipped, failed },
      };
    }
    default:
      return undefined;
  }
}

/** What people are told of an event that a subscription gave up on. */
export function deadLetterNotification({ eventId, event }: DeadLetterEvent): NotificationDraft {
  return {
    category: "dead-letter",
    priority: "high",
    title: `${event.service}: an event could not be handled`,
    body: `${event.subscription} gave up after ${event.attempts} attempts: ${event.error}`,
    data: {
      deadLetterId: eventId,
      service: event.service,
      topic: event.topic,
      subscription: event.subscription,
    },
  };
}
