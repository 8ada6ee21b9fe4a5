import { eq } from "drizzle-orm";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import type { Db } from "../db.js";
import { notificationSettings } from "../schema.js";
import type { NotificationSettings, NotificationTopic, UpdateNotificationSettingsRequest } from "../types.js";
import { tellOfTenant } from "./tenant-events.js";

const everyTopic: NotificationTopic[] = ["conversion-failed", "job-completed", "job-failed", "dead-letter"];

/** The tenant's notification settings, defaults included. */
export async function getNotificationSettings(db: Db, tenantId: string): Promise<NotificationSettings> {
  return await withTenant(db, tenantId, (tx) => readSettings(tx, tenantId));
}

/** Changes the settings that are given. */
export async function updateNotificationSettings(
  db: Db,
  change: UpdateNotificationSettingsRequest & { updatedBy: string },
): Promise<NotificationSettings> {
  const { tenantId, inApp, updatedBy } = change;
  const events = change.events === undefined ? undefined : [...new Set(change.events)];
  return await withTenant(db, tenantId, async (tx) => {
    const before = await readSettings(tx, tenantId);
    await tx
      .insert(notificationSettings)
      .values({ tenantId, inApp: inApp ?? true, events: events ?? everyTopic, updatedBy })
      .onConflictDoUpdate({
        target: notificationSettings.tenantId,
        set: { inApp, events, updatedBy, updatedAt: new Date() },
      });
    const after = await readSettings(tx, tenantId);
    await tellOfTenant(
      tx,
      { tenantId, userID: updatedBy },
      {
        event: { type: "tenant-updated", changed: "notification-settings" },
        action: "notification-settings-updated",
        details: { before: told(before), after: told(after) },
      },
    );
    return after;
  });
}

function told({ inApp, events }: NotificationSettings) {
  return { inApp, events };
}

async function readSettings(tx: Db, tenantId: string): Promise<NotificationSettings> {
  const [row] = await tx
    .select()
    .from(notificationSettings)
    .where(eq(notificationSettings.tenantId, tenantId));
  return row ?? { tenantId, inApp: true, events: everyTopic };
}
