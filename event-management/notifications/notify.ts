import { tenant_management } from "~encore/clients";
import { handleOnce } from "../../shared/events/inbox.js";
import type { ConversionEvent, DeadLetterEvent, Envelope } from "../../shared/events/types.js";
import { systemIdentity } from "../../shared/tenancy/identity.js";
import { systemTenantId } from "../../shared/tenancy/system-tenant.js";
import { db } from "../db.js";
import {
  deadLetterNotification,
  type NotificationDraft,
  notificationOf,
} from "./domain/conversion-notifications.js";
import { createNotification, isWanted } from "./domain/notifications.js";

/** Tells people of a conversion event that concerns them, once. */
export async function notifyOfConversion(event: ConversionEvent): Promise<void> {
  const draft = notificationOf(event);
  if (draft !== undefined) await notifyOnce("send-notifications", event, draft);
}

/** Tells people of an event that a subscription gave up on, once. */
export async function notifyOfDeadLetter(event: DeadLetterEvent): Promise<void> {
  await notifyOnce("notify-dead-letter", event, deadLetterNotification(event));
}

async function notifyOnce(subscription: string, cause: Envelope, draft: NotificationDraft): Promise<void> {
  const { tenantId, userId, eventId } = cause;
  // Nobody reads the notifications of what belongs to no tenant; the dead letter is counted and logged.
  if (tenantId === systemTenantId) return;
  const settings = await tenant_management.getNotificationSettings(
    { tenantId },
    { authData: systemIdentity(tenantId) },
  );
  if (!isWanted(settings, draft)) return;
  await handleOnce(db, { subscription, eventId, tenantId }, async (tx) => {
    await createNotification(tx, { tenantId, userId, cause }, draft);
  });
}
