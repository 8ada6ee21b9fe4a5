import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { event_management } from "~encore/clients";
import { newCaller } from "../../../shared/__tests__/callers.js";
import {
  conversionFailed,
  convertedRecords,
  recordsConverted,
} from "../../../shared/__tests__/conversion-events.js";
import { newEvent } from "../../../shared/events/envelope.js";
import type { CallerIdentity } from "../../../shared/tenancy/identity.js";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import { auditDb } from "../../audit/db.js";
import { db } from "../../db.js";
import { keep } from "../../event-store/keep.js";
import { logAudit, processConversion } from "../../processing/domain/process-conversion.js";
import type { TimelineEntry } from "../types.js";

const topic = "conversion-events";

/** A tenant to whose lead `s-0` much happened. */
async function storyOf(authData: CallerIdentity) {
  const { tenantId, userID } = authData;
  const context = { tenantId, userId: userID };
  const failed = conversionFailed(authData, "rule-1", "s-0");
  const notified = newEvent(
    {
      type: "notification-created" as const,
      notificationId: "n-1",
      category: "conversion-failed",
      priority: "high" as const,
      title: "a record failed",
      sourceRecordId: "s-0",
      sourceEntity: "leads",
    },
    context,
  );
  const converted = recordsConverted(authData, {
    ruleId: "rule-1",
    jobId: "job-1",
    batch: 1,
    records: convertedRecords("s", 3),
  });
  const reported = newEvent(
    {
      type: "audit-recorded" as const,
      action: "lead-called",
      performedBy: "ada",
      sourceRecordId: "s-0",
      details: {},
    },
    context,
  );
  await keep(topic, failed);
  await keep("notification-events", notified);
  await keep(topic, converted);
  await keep("audit-events", reported);
  await processConversion({ auditDb, db }, failed);
  await processConversion({ auditDb, db }, converted);
  await logAudit(auditDb, reported);
}

async function timelineOf(authData: CallerIdentity, recordId: string, query = {}): Promise<TimelineEntry[]> {
  return (await event_management.getTimeline({ recordId, ...query }, { authData })).entries;
}

describe("the timeline of a record", () => {
  it("has every event, conversion, notification and audit entry, in order", async () => {
    const authData = newCaller();
    await storyOf(authData);
    const entries = await timelineOf(authData, "s-0");
    expect(entries.map(({ kind, type }) => `${kind} ${type}`)).toEqual([
      "event conversion-failed",
      "conversion conversion-failed",
      "audit conversion-failed",
      "event notification-created",
      "notification notification-created",
      "event records-converted",
      "conversion records-converted",
      "audit entity-converted",
      "event audit-recorded",
      "audit lead-called",
    ]);
    expect(entries[1]).toMatchObject({ outcome: "failed", errorCode: "lookup_missed", role: "source" });
    expect(entries[4]).toMatchObject({ notificationId: "n-1", title: "a record failed" });
    expect(entries[6]).toMatchObject({
      entity: "leads",
      counterpart: { entity: "customers", recordId: "s-target-0" },
      outcome: "converted",
      jobId: "job-1",
    });
    const ofTarget = await timelineOf(authData, "s-target-0");
    expect(ofTarget.map(({ role, kind }) => [role, kind])).toEqual([
      ["target", "event"],
      ["target", "conversion"],
      ["target", "audit"],
    ]);
    expect(ofTarget[0]).toMatchObject({ entity: "customers", counterpart: { recordId: "s-0" } });
  });

  it("has the audit entries that the audit log has", async () => {
    const authData = newCaller("audit:view");
    await storyOf(authData);
    for (const recordId of ["s-0", "s-1", "s-target-2"]) {
      const { entries } = await event_management.getAuditTrail({ recordId }, { authData });
      const told = await timelineOf(authData, recordId);
      const audited = told.filter(({ kind }) => kind === "audit");
      expect(audited.map(({ type }) => type).sort(), recordId).toEqual(
        entries.map(({ eventType }) => eventType).sort(),
      );
    }
  });

  it("is read in pages, either way round, of one entity alone where that is asked", async () => {
    const authData = newCaller();
    await storyOf(authData);
    const all = await timelineOf(authData, "s-0");
    const pages: TimelineEntry[] = [];
    for (let cursor: string | undefined, first = true; first || cursor; first = false) {
      const page = await event_management.getTimeline({ recordId: "s-0", limit: 1, cursor }, { authData });
      pages.push(...page.entries);
      cursor = page.nextCursor;
    }
    expect(pages).toEqual(all);
    const [newest] = await timelineOf(authData, "s-0", { order: "desc", limit: 1 });
    expect(newest?.type).toBe("audit-recorded");
    expect(await timelineOf(authData, "s-0", { entity: "customers" })).toEqual([]);
    expect(await timelineOf(authData, "s-0", { entity: "leads" })).toHaveLength(8);
  });

  it("shows another tenant nothing", async () => {
    const authData = newCaller();
    await storyOf(authData);
    expect(await timelineOf(newCaller(), "s-0")).toEqual([]);
  });

  it("is the same after it was made anew, and whole again where it was broken", async () => {
    const authData = newCaller();
    const { tenantId } = authData;
    await storyOf(authData);
    const before = await timelineOf(authData, "s-0");
    const rebuild = () => event_management.rebuildTimeline({}, { authData });
    expect(await rebuild()).toMatchObject({ events: 4, rows: 6, corrected: 0 });
    expect(await timelineOf(authData, "s-0")).toEqual(before);
    for (const damage of [
      sql`delete from record_timeline where tenant_id = ${tenantId} and ordinal = 0`,
      sql`update record_timeline set details = '{}' where tenant_id = ${tenantId} and ordinal = 0`,
      sql`update record_timeline set ordinal = 7 where tenant_id = ${tenantId} and ordinal = 1`,
    ]) {
      const broken = await withTenant(db, tenantId, (tx) => tx.execute(damage));
      expect(broken.count).toBeGreaterThan(0);
      expect((await rebuild()).corrected).toBeGreaterThanOrEqual(broken.count);
      expect(await timelineOf(authData, "s-0")).toEqual(before);
      expect((await rebuild()).corrected).toBe(0);
    }
  });

  it("does not believe what a user's data says", async () => {
    const authData = newCaller();
    const event = conversionFailed(authData, "rule-1", "lead-1");
    const body = { ...event.event, data: [{ recordId: "forged" }], fieldMappings: { recordId: "forged" } };
    await keep(topic, { ...event, event: body } as typeof event);
    expect(await timelineOf(authData, "forged")).toEqual([]);
    expect(await timelineOf(authData, "lead-1")).not.toEqual([]);
  });
});

describe("kept events", () => {
  it("are found by record, correlation, type and time, in pages, in their tenant alone", async () => {
    const authData = newCaller();
    await storyOf(authData);
    const list = async (query: object) =>
      (await event_management.listEvents({ order: "asc", ...query }, { authData })).events;
    const all = await list({});
    expect(all.map(({ type }) => type)).toEqual([
      "conversion-failed",
      "notification-created",
      "records-converted",
      "audit-recorded",
    ]);
    expect(await list({ recordId: "s-1" })).toEqual([all[2]]);
    expect(await list({ recordId: "s-1", entity: "customers" })).toEqual([]);
    expect(await list({ type: "audit-recorded" })).toEqual([all[3]]);
    expect(await list({ topic })).toEqual([all[0], all[2]]);
    expect(await list({ correlationId: all[1]!.correlationId })).toEqual([all[1]]);
    expect(await list({ from: new Date(Date.now() + 1_000) })).toEqual([]);
    expect(await list({ to: new Date(Date.now() + 1_000) })).toEqual(all);
    const first = await event_management.listEvents({ limit: 3 }, { authData });
    const rest = await event_management.listEvents({ limit: 3, cursor: first.nextCursor }, { authData });
    expect([...first.events, ...rest.events]).toEqual(all.toReversed());
    expect(await event_management.getEvent({ eventId: all[0]!.eventId }, { authData })).toEqual(all[0]);
    const stranger = { authData: newCaller() };
    expect((await event_management.listEvents({}, stranger)).events).toEqual([]);
    for (const eventId of [all[0]!.eventId, randomUUID()]) {
      await expect(event_management.getEvent({ eventId }, stranger)).rejects.toMatchObject({
        code: "not_found",
      });
    }
  });

  it("keep their order whatever the clocks of their services say", async () => {
    const authData = newCaller();
    const failed = (recordId: string, time: string) => ({
      ...conversionFailed(authData, "rule-1", recordId),
      time,
    });
    await keep(topic, failed("s", "2999-01-01T00:00:00.000Z"));
    await keep(topic, failed("s", "1970-01-01T00:00:00.000Z"));
    const { events } = await event_management.listEvents({ order: "asc" }, { authData });
    expect(events.map(({ time }) => new Date(time).getUTCFullYear())).toEqual([2999, 1970]);
    for (const { keptAt } of events) expect(Math.abs(Date.now() - +new Date(keptAt))).toBeLessThan(60_000);
    const entries = await timelineOf(authData, "s");
    expect(entries.filter(({ kind }) => kind === "event").map(({ position }) => position)).toEqual(
      events.map(({ position }) => position),
    );
  });
});
