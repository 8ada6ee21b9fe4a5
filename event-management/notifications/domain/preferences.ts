import { and, eq } from "drizzle-orm";
import {
  checkEventTypes,
  checkHour,
  checkQuietHours,
  checkRuleIds,
  checkTimeZone,
} from "../../../shared/notifications/check-settings.js";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { notificationPreferences as preferences } from "../schema.js";
import type { NotificationOverrides } from "../types.js";
import type { Member } from "./notifications.js";

/** What the member wants otherwise than the tenant. */
export async function getOverrides(db: Db, member: Member): Promise<NotificationOverrides> {
  const [row] = await withTenant(db, member.tenantId, (tx) =>
    tx
      .select({ overrides: preferences.overrides })
      .from(preferences)
      .where(and(eq(preferences.tenantId, member.tenantId), eq(preferences.userId, member.userID))),
  );
  return row?.overrides ?? {};
}

/** Replaces what the member wants otherwise; what is left out follows the tenant. Throws `invalidArgument`. */
export async function setOverrides(
  db: Db,
  member: Member,
  request: NotificationOverrides,
): Promise<NotificationOverrides> {
  const { tenantId, userID: userId } = member;
  const overrides = checked(request);
  await withTenant(db, tenantId, (tx) =>
    tx
      .insert(preferences)
      .values({ tenantId, userId, overrides })
      .onConflictDoUpdate({
        target: [preferences.tenantId, preferences.userId],
        set: { overrides, updatedAt: new Date() },
      }),
  );
  return overrides;
}

/** What the tenant's members want otherwise, by user id. The tenant must be set on the transaction. */
export async function overridesOf(tx: Db, tenantId: string): Promise<Map<string, NotificationOverrides>> {
  const rows = await tx.select().from(preferences).where(eq(preferences.tenantId, tenantId));
  return new Map(rows.map(({ userId, overrides }) => [userId, overrides]));
}

function checked(request: NotificationOverrides): NotificationOverrides {
  const {
    inApp,
    email,
    events,
    ruleIds,
    minimumPriority,
    quietHours,
    digest,
    digestHour,
    timeZone,
    language,
  } = request;
  if (quietHours) checkQuietHours("quietHours", quietHours);
  if (digestHour !== undefined) checkHour("digestHour", digestHour);
  if (timeZone !== undefined) checkTimeZone("timeZone", timeZone);
  const given = {
    ...{ inApp, email, minimumPriority, quietHours, digest, digestHour, timeZone, language },
    events: events && checkEventTypes("events", events),
    ruleIds: ruleIds && checkRuleIds("ruleIds", ruleIds),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
