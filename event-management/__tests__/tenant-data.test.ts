import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { describe, expect, it, vi } from "vitest";
import { event_management } from "~encore/clients";
import { newCaller } from "../../shared/__tests__/callers.js";
import { conversionFailed } from "../../shared/__tests__/conversion-events.js";
import { newEvent } from "../../shared/events/envelope.js";
import type { TenantEvent } from "../../shared/events/types.js";
import type { CallerIdentity } from "../../shared/tenancy/identity.js";
import type { TenantDataItem } from "../../shared/tenancy/tenant-data.js";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import { auditDb } from "../audit/db.js";
import { db } from "../db.js";
import { keepDeadLetter } from "../dead-letters/domain/keep-dead-letter.js";
import { keep } from "../event-store/keep.js";
import { storeMail } from "../notifications/mail/domain/store-mail.js";
import { sendNotifications } from "../notifications/send-notifications.js";
import { processConversion } from "../processing/domain/process-conversion.js";
import { mailItems, outbox } from "../schema.js";
import { purgeTenant } from "../tenants/purge-tenant.js";

const url = "https://axion.test/invitation/s3cret";
const everything = {
  conversion_audit_logs: 1,
  dead_letters: 1,
  event_replays: 1,
  incidents: 1,
  ingested_events: 0,
  kept_events: 1,
  mail_items: 1,
  mails: 1,
  notification_preferences: 1,
  notification_reads: 1,
  notification_templates: 1,
  notifications: 1,
  record_timeline: 1,
  rule_statistics: 1,
  webhook_attempts: 1,
  webhook_deliveries: 1,
  webhook_endpoints: 1,
  webhook_messages: 1,
};

/** A tenant with a row in every table. */
async function newTenant(): Promise<CallerIdentity> {
  const authData = newCaller();
  const context = { tenantId: authData.tenantId, userId: authData.userID };
  const failed = conversionFailed(authData, randomUUID(), "7");
  await processConversion({ auditDb, db }, failed);
  await addNotificationData(authData);
  await sendNotifications(failed);
  await keep("conversion-events", failed);
  await event_management.startEventReplay(
    { subscription: "event-management/process-conversion", topic: "conversion-events", from: new Date() },
    { authData },
  );
  const { notifications } = await event_management.listNotifications({}, { authData });
  await event_management.markNotificationRead({ notificationId: notifications[0]!.id }, { authData });
  const invitation = newEvent(
    {
      type: "mail-requested" as const,
      to: "ada@example.com",
      template: "invitation" as const,
      data: { url, organization: "Engines" },
    },
    context,
  );
  await storeMail(db, invitation, { canSend: false });
  const deadLetter = newEvent(
    {
      type: "dead-lettered" as const,
      service: "event-management",
      topic: "notification-events",
      subscription: "send-mails",
      reason: "handler-failed" as const,
      attempts: 3,
      error: "The mail invitation cannot be written.",
      original: JSON.parse(JSON.stringify(invitation)),
    },
    context,
  );
  await withTenant(db, context.tenantId, (tx) => keepDeadLetter(tx, deadLetter));
  return authData;
}

/** A member's and the tenant's own wishes, a webhook that an event waits for, and a mail that waits. */
async function addNotificationData(authData: CallerIdentity): Promise<void> {
  const { tenantId } = authData;
  await event_management.setNotificationPreferences({ language: "ru" }, { authData });
  const place = { channel: "webhook", eventType: "*", language: "en" };
  await event_management.putNotificationTemplate({ ...place, title: "t", body: "b" }, { authData });
  const request = { url: "https://hooks.example.invalid/", eventTypes: ["conversion-failed"] };
  const { webhook } = await event_management.createWebhook(request, { authData });
  await event_management.testWebhook({ webhookId: webhook.id }, { authData });
  await vi.waitFor(
    async () => {
      const { deliveries } = await event_management.listWebhookDeliveries(
        { webhookId: webhook.id },
        { authData },
      );
      expect(deliveries[0]?.lastError).toMatch(/is not found/);
    },
    { timeout: 20_000, interval: 25 },
  );
  await event_management.updateWebhook({ webhookId: webhook.id, eventTypes: ["job-failed"] }, { authData });
  await event_management.pauseWebhook({ webhookId: webhook.id }, { authData });
  const told = { recipient: "ada@example.com", language: "en" as const, eventType: "job-failed" };
  const texts = { subject: "s", text: "t", dueAt: new Date("2100-01-01") };
  await withTenant(db, tenantId, (tx) => tx.insert(mailItems).values({ tenantId, ...told, ...texts }));
}

async function exported(tenantId: string): Promise<TenantDataItem[]> {
  const items: TenantDataItem[] = [];
  let cursor: string | undefined;
  do {
    const page = await event_management.exportTenantData({ tenantId, cursor });
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return items;
}

async function purge(tenantId: string): Promise<unknown> {
  const request: TenantEvent = newEvent(
    { type: "tenant-purge-requested" as const },
    { tenantId, userId: "system" },
  );
  return await db.transaction(async (tx) => {
    await purgeTenant({ auditDb, db: tx }, request);
    // Read in the same transaction: afterwards the relay may have published it.
    const answers = await tx.select().from(outbox).where(eq(outbox.orderingKey, tenantId));
    const events = answers.filter((row) => row.topic === "tenant-events").map((row) => row.message);
    expect(events).toHaveLength(1);
    return (events[0] as TenantEvent).event;
  });
}

describe("the data of a tenant", () => {
  it("is exported whole, without what lets its holder in", async () => {
    const { tenantId } = await newTenant();
    const items = await exported(tenantId);
    expect(items.map((item) => item.kind).sort()).toEqual([
      "audit-entry",
      "dead-letter",
      "event",
      "event-replay",
      "incident",
      "mail",
      "mail-item",
      "notification",
      "notification-preferences",
      "notification-read",
      "notification-template",
      "rule-statistics",
      "webhook",
      "webhook-attempt",
      "webhook-delivery",
      "webhook-message",
    ]);
    const text = JSON.stringify(items);
    expect(text).toContain("no such country");
    expect(text).toContain("ada@example.com");
    expect(text).not.toMatch(/s3cret|sealed/);
  });

  it("is exported of this tenant alone", async () => {
    await newTenant();
    expect(await exported(randomUUID())).toEqual([]);
  });

  it("is removed at its end, told of by table, and another tenant's stays", async () => {
    const leaving = await newTenant();
    const staying = await newTenant();
    const answer = { type: "tenant-data-purged", service: "event-management" };
    expect(await purge(leaving.tenantId)).toEqual({ ...answer, counts: everything });
    expect(await exported(leaving.tenantId)).toEqual([]);
    expect(await exported(staying.tenantId)).toHaveLength(16);
    const nothing = Object.fromEntries(Object.keys(everything).map((table) => [table, 0]));
    expect(await purge(leaving.tenantId)).toEqual({ ...answer, counts: nothing });
  });

  it("does not show in a dead letter where it opens something", async () => {
    const authData = { ...(await newTenant()), permissions: ["deadletter:manage"] };
    const { deadLetters } = await event_management.listDeadLetters({}, { authData });
    expect(deadLetters[0]?.event).toMatchObject({ event: { to: "ada@example.com", data: {} } });
  });
});
