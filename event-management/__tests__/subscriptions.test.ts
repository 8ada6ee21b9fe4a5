import { randomUUID } from "node:crypto";
import { describe, expect, it, vi } from "vitest";
import { event_management, tenant_management } from "~encore/clients";
import "../subscriptions/keep-dead-letters.js";
import "../subscriptions/keep-events.js";
import "../subscriptions/process-conversion.js";
import "../subscriptions/send-notifications.js";
import { newCaller } from "../../shared/__tests__/callers.js";
import { conversionFailed } from "../../shared/__tests__/conversion-events.js";
import { conversionEvents } from "../../shared/events/topics.js";
import { sendNotifications } from "../notifications/send-notifications.js";

const patience = { timeout: 20_000, interval: 25 };

describe("an event on conversion-events", { timeout: 30_000 }, () => {
  it("reaches the audit log, the statistics and the notifications, published twice or not", async () => {
    const authData = newCaller("audit:view");
    const ruleId = randomUUID();
    const event = conversionFailed(authData, ruleId, "7");
    await conversionEvents.publish(event);
    await conversionEvents.publish(event);
    await vi.waitFor(async () => {
      const { entries } = await event_management.getAuditTrail({ recordId: "7" }, { authData });
      const { failed } = await event_management.getRuleStatistics({ ruleId }, { authData });
      const { notifications } = await event_management.listNotifications({}, { authData });
      expect([entries.length, failed, notifications.length]).toEqual([1, 1, 1]);
      expect(notifications[0]).toMatchObject({
        category: "conversion-failed",
        body: "Record 7: no such country",
      });
    }, patience);
  });

  it("is not told to people who do not want to know", async () => {
    const authData = newCaller("notification:manage");
    const { tenantId } = authData;
    await tenant_management.updateNotificationSettings({ tenantId, events: ["job-failed"] }, { authData });
    await sendNotifications(conversionFailed(authData, randomUUID(), "8"));
    await tenant_management.updateNotificationSettings(
      { tenantId, events: ["conversion-failed"] },
      { authData },
    );
    await sendNotifications(conversionFailed(authData, randomUUID(), "9"));
    const { notifications } = await event_management.listNotifications({}, { authData });
    expect(notifications.map((notification) => notification.data.sourceRecordId)).toEqual(["9"]);
  });

  it("that is malformed becomes a dead letter of each consumer and an incident, and others go on", async () => {
    const authData = newCaller("deadletter:manage");
    const ruleId = randomUUID();
    const poison = { ...conversionFailed(authData, ruleId, "poison"), time: "yesterday" };
    await conversionEvents.publish(poison);
    await conversionEvents.publish(conversionFailed(authData, ruleId, "after"));
    const consumers = ["keep-events", "process-conversion", "send-notifications"];
    await vi.waitFor(async () => {
      const { deadLetters } = await event_management.listDeadLetters({}, { authData });
      expect(deadLetters.map(({ subscription }) => subscription).sort()).toEqual(consumers);
      for (const deadLetter of deadLetters) {
        expect(deadLetter).toMatchObject({
          service: "event-management",
          topic: "conversion-events",
          reason: "malformed-event",
          attempts: 1,
          state: "open",
          eventType: "conversion-failed",
          event: { eventId: poison.eventId },
        });
      }
      const { entries } = await event_management.getAuditTrail({ recordId: "after" }, { authData });
      expect(entries).toHaveLength(1);
      const { notifications } = await event_management.listNotifications({}, { authData });
      expect(notifications.map((notification) => notification.category)).toContain("dead-letter");
      const { incidents } = await event_management.listIncidents({}, { authData });
      expect(incidents).toMatchObject([
        { queue: "event-management-dlq", state: "open", failures: 3, waiting: 3 },
      ]);
    }, patience);
    const stranger = { authData: newCaller("deadletter:manage") };
    expect((await event_management.listDeadLetters({}, stranger)).deadLetters).toEqual([]);
    expect((await event_management.listIncidents({}, stranger)).incidents).toEqual([]);
  });
});
