import { newEvent } from "../../../shared/events/envelope.js";
import { handleOnce } from "../../../shared/events/inbox.js";
import { addToOutbox } from "../../../shared/events/outbox.js";
import { checkEventType, checkRuleIds, refusal } from "../../../shared/notifications/check-settings.js";
import type { Db } from "../../db.js";
import type { SendConversionNotificationRequest, SendConversionNotificationResponse } from "../types.js";
import { type AudienceSources, inAppAudience } from "./audience.js";
import { createNotification } from "./in-app.js";
import { notifiableOf } from "./notifiable.js";

const longestTitle = 500;
const longestBody = 10_000;
const longestData = 16_384;

/**
 * Tells of something that a caller says has happened: the in-app notification is stored at once, and an event carries
 * it to the other channels. Throws `invalidArgument` with the field.
 */
export async function requestNotification(
  db: Db,
  author: { tenantId: string; userID: string },
  request: SendConversionNotificationRequest & { sources: AudienceSources },
): Promise<SendConversionNotificationResponse> {
  const { tenantId, userID: userId } = author;
  const { eventType: category, priority = "normal", title, body, ruleId, data = {}, sources } = request;
  checkEventType("eventType", category);
  if (title.trim() === "" || title.length > longestTitle) {
    throw refusal("title", `must have 1 to ${longestTitle} characters.`, "too_long");
  }
  if (body.length > longestBody) throw refusal("body", `at most ${longestBody} characters.`, "too_long");
  if (ruleId !== undefined) checkRuleIds("ruleId", [ruleId]);
  if (JSON.stringify(data).length > longestData) {
    throw refusal("data", `at most ${longestData} characters of JSON.`, "too_long");
  }
  const fields = { category, priority, title, body, data, ...(ruleId === undefined ? {} : { ruleId }) };
  const event = newEvent({ type: "notification-requested" as const, ...fields }, { tenantId, userId });
  const notifiable = notifiableOf(event)!;
  const audience = await inAppAudience(sources, notifiable);
  // Handled under the name of the channel: when the event comes back, this part of it has been done.
  const delivery = { subscription: "send-notifications/in-app", eventId: event.eventId, tenantId };
  let notificationId: string | undefined;
  await handleOnce(db, delivery, async (tx) => {
    await addToOutbox(tx, "notification-events", event);
    if (audience === undefined) return;
    const { settings } = sources;
    notificationId = await createNotification(tx, { settings, notifiable, audience, cause: event });
  });
  return notificationId === undefined ? {} : { notificationId };
}
