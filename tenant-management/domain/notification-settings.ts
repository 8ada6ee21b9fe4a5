import { eq } from "drizzle-orm";
import { z } from "zod";
import type { JsonValue } from "../../shared/json.js";
import {
  checkEventTypes,
  checkHour,
  checkQuietHours,
  checkRuleIds,
  checkTimeZone,
  refusal,
  requireAtMost,
} from "../../shared/notifications/check-settings.js";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import type { Db } from "../db.js";
import { notificationSettings } from "../schema.js";
import type {
  NotificationRecipients,
  NotificationSettings,
  SetNotificationRecipients,
  UpdateNotificationSettingsRequest,
} from "../types.js";
import { tellOfTenant } from "./tenant-events.js";

const mostRecipients = 100;
const mostAddresses = 20;
const addressSchema = z.email().max(254);

/** Settings of a tenant that has changed none. */
const defaults = {
  inApp: true,
  email: false,
  events: [
    "conversion-failed",
    "job-completed",
    "job-failed",
    "rule-drifted",
    "trigger-capture-warned",
    "dead-letter",
  ],
  ruleIds: [],
  recipients: { roles: [], userIds: [], addresses: [] },
  minimumPriority: "low",
  eventSettings: {},
  digest: "off",
  digestHour: 8,
  timeZone: "UTC",
  language: "en",
} satisfies Omit<NotificationSettings, "tenantId">;

/** The tenant's notification settings, defaults included. */
export async function getNotificationSettings(db: Db, tenantId: string): Promise<NotificationSettings> {
  return await withTenant(db, tenantId, (tx) => readSettings(tx, tenantId));
}

/** Changes the settings that are given. Throws `invalidArgument` with the field. */
export async function updateNotificationSettings(
  db: Db,
  request: UpdateNotificationSettingsRequest & { updatedBy: string },
): Promise<NotificationSettings> {
  const { tenantId, updatedBy, ...given } = request;
  const change = checked(given);
  return await withTenant(db, tenantId, async (tx) => {
    const before = await readSettings(tx, tenantId);
    await tx
      .insert(notificationSettings)
      .values({ ...defaults, ...change, tenantId, updatedBy })
      .onConflictDoUpdate({
        target: notificationSettings.tenantId,
        set: { ...change, updatedBy, updatedAt: new Date() },
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

type Change = Omit<UpdateNotificationSettingsRequest, "tenantId">;

/** The change with lists that hold each thing once. */
function checked({ recipients, ...change }: Change) {
  const { events, ruleIds, eventSettings, quietHours, digestHour, timeZone } = change;
  if (quietHours) checkQuietHours("quietHours", quietHours);
  if (digestHour !== undefined) checkHour("digestHour", digestHour);
  if (timeZone !== undefined) checkTimeZone("timeZone", timeZone);
  if (eventSettings !== undefined) {
    checkEventTypes("eventSettings", Object.keys(eventSettings));
    for (const [name, settings] of Object.entries(eventSettings)) {
      checkRuleIds(`eventSettings.${name}.ruleIds`, settings.ruleIds ?? []);
    }
  }
  return {
    ...change,
    ...(events === undefined ? {} : { events: checkEventTypes("events", events) }),
    ...(ruleIds === undefined ? {} : { ruleIds: checkRuleIds("ruleIds", ruleIds) }),
    ...(recipients === undefined ? {} : { recipients: checkedRecipients(recipients) }),
  };
}

function checkedRecipients(request: SetNotificationRecipients): NotificationRecipients {
  const { roles = [], userIds = [], addresses = [] } = request;
  requireAtMost("recipients.roles", roles, mostRecipients);
  requireAtMost("recipients.userIds", userIds, mostRecipients);
  requireAtMost("recipients.addresses", addresses, mostAddresses);
  addresses.forEach((address, index) => {
    if (addressSchema.safeParse(address).success) return;
    throw refusal(`recipients.addresses[${index}]`, "expected an e-mail address.");
  });
  return {
    roles: [...new Set(roles)],
    userIds: [...new Set(userIds)],
    addresses: [...new Set(addresses.map((address) => address.toLowerCase()))],
  };
}

/** The settings as the audit log keeps them: what is absent is left out. */
function told({ tenantId: _, updatedAt: __, updatedBy: ___, ...settings }: NotificationSettings): JsonValue {
  return JSON.parse(JSON.stringify(settings)) as JsonValue;
}

async function readSettings(tx: Db, tenantId: string): Promise<NotificationSettings> {
  const [row] = await tx
    .select()
    .from(notificationSettings)
    .where(eq(notificationSettings.tenantId, tenantId));
  if (row === undefined) return { tenantId, ...defaults };
  const { quietHours, ...settings } = row;
  return quietHours === null ? settings : { ...settings, quietHours };
}
