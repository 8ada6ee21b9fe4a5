import { randomUUID } from "node:crypto";
import { and, eq } from "drizzle-orm";
import { describe, expect, it, vi } from "vitest";
import { event_management } from "~encore/clients";
import "../../subscriptions/log-audit.js";
import "../../subscriptions/process-conversion.js";
import { newCaller } from "../../../shared/__tests__/callers.js";
import { conversionFailed } from "../../../shared/__tests__/conversion-events.js";
import { newEvent } from "../../../shared/events/envelope.js";
import { inbox } from "../../../shared/events/inbox.js";
import { auditDb } from "../../audit/db.js";
import { db } from "../../db.js";
import { processConversion } from "../../processing/domain/process-conversion.js";
import { pruneEvents, tenantsWithEvents } from "../domain/prune-events.js";
import { keep } from "../keep.js";

const topic = "conversion-events";
const subscription = "event-management/process-conversion";
const patience = { timeout: 50_000, interval: 25 };
const dayMs = 24 * 60 * 60 * 1000;
const lately = () => new Date(Date.now() - 60_000);

describe("a replay of events", { timeout: 60_000 }, () => {
  it("delivers them to the subscription again: what had its effect has none, what had none has it now", async () => {
    const authData = newCaller("deadletter:manage");
    const ruleId = randomUUID();
    const events = Array.from({ length: 250 }, (_, at) => conversionFailed(authData, ruleId, `r-${at}`));
    await Promise.all(events.map((event) => keep(topic, event)));
    for (const event of events.slice(0, 20)) await processConversion({ auditDb, db }, event);
    const replay = await event_management.startEventReplay(
      { subscription, topic, from: lately(), types: ["conversion-failed"] },
      { authData },
    );
    expect(replay).toMatchObject({ state: "running", startedBy: authData.userID });
    const again = event_management.startEventReplay({ subscription, topic, from: lately() }, { authData });
    await again.catch((error: unknown) => {
      expect(error).toMatchObject({ details: { reason: "replay_running" } });
    });
    await vi.waitFor(async () => {
      const { state, delivered } = await event_management.getEventReplay({ id: replay.id }, { authData });
      expect([state, delivered]).toEqual(["completed", 250]);
      const query = { ruleId, count: true, limit: 1 };
      const { total } = await event_management.listAuditEntries(query, { authData });
      expect(total).toBe(250);
    }, patience);
    const { failed } = await event_management.getRuleStatistics({ ruleId }, { authData });
    expect(failed).toBe(250);
    const handled = await db
      .select()
      .from(inbox)
      .where(and(eq(inbox.subscription, "process-conversion"), eq(inbox.eventId, events[249]!.eventId)));
    expect(handled[0]?.deliveryId).toMatch(/\S/);
  });

  it("is ended by a person, and seen by its tenant alone", async () => {
    const authData = newCaller("deadletter:manage");
    const { id } = await event_management.startEventReplay(
      { subscription, topic, from: lately() },
      { authData },
    );
    expect(["cancelled", "completed"]).toContain(
      (await event_management.cancelEventReplay({ id }, { authData })).state,
    );
    expect(
      (await event_management.listEventReplays({}, { authData })).replays.map((each) => each.id),
    ).toEqual([id]);
    const rising = await event_management.listEventReplays({ sort: "startedAt" }, { authData });
    expect(rising.replays).toHaveLength(1);
    await expect(event_management.listEventReplays({ sort: "state" }, { authData })).rejects.toMatchObject({
      code: "invalid_argument",
    });
    const stranger = { authData: newCaller("deadletter:manage") };
    expect((await event_management.listEventReplays({}, stranger)).replays).toEqual([]);
    for (const asked of [id, randomUUID(), "x"]) {
      await expect(event_management.getEventReplay({ id: asked }, stranger)).rejects.toMatchObject({
        code: "not_found",
      });
      await expect(event_management.cancelEventReplay({ id: asked }, stranger)).rejects.toMatchObject({
        code: "not_found",
      });
    }
  });

  it.each([
    ["another subscription", { subscription: "event-management/nobody" }, "subscription_unknown"],
    ["another topic", { topic: "tenant-events" }, "subscription_unknown"],
    [
      "mails",
      { subscription: "event-management/send-mails", topic: "notification-events" },
      "subscription_not_replayable",
    ],
    ["what inboxes have forgotten", { from: new Date(Date.now() - 30 * dayMs) }, "replay_too_old"],
    ["the future", { from: new Date(Date.now() + dayMs) }, "replay_from_future"],
    ["types that are none", { types: ["conversion-failed", "nothing"] }, "event_type_unhandled"],
  ])("of %s is refused", async (_, wrong, reason) => {
    const authData = newCaller("deadletter:manage");
    const request = { subscription, topic, from: lately(), ...wrong };
    await expect(event_management.startEventReplay(request, { authData })).rejects.toMatchObject({
      code: "invalid_argument",
      details: { reason },
    });
  });
});

describe("events that no plan keeps any more", () => {
  it("are not those of a tenant's purge, of which nothing may be left", async () => {
    const { tenantId } = newCaller();
    const asked = { type: "tenant-purge-requested" as const };
    await keep("tenant-events", newEvent(asked, { tenantId, userId: "system" }));
    expect(await tenantsWithEvents(db)).not.toContain(tenantId);
  });

  it("are removed with their rows of the timeline, those of the tenant alone", async () => {
    const [old, other] = [newCaller(), newCaller()];
    for (const authData of [old, other]) await keep(topic, conversionFailed(authData, "r", "7"));
    expect(await tenantsWithEvents(db)).toEqual(expect.arrayContaining([old.tenantId, other.tenantId]));
    expect(await pruneEvents(db, old.tenantId, new Date(Date.now() - dayMs))).toBe(0);
    expect(await pruneEvents(db, old.tenantId, new Date(Date.now() + 1_000))).toBe(1);
    const kept = async (authData: typeof old) => [
      (await event_management.listEvents({}, { authData })).events.length,
      (await event_management.getTimeline({ recordId: "7" }, { authData })).entries.length,
    ];
    expect(await kept(old)).toEqual([0, 0]);
    expect(await kept(other)).toEqual([1, 3]);
  });
});
