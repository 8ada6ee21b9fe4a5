import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { event_management } from "~encore/clients";
import { allPages } from "../../shared/__tests__/all-pages.js";
import { newCaller } from "../../shared/__tests__/callers.js";
import {
  conversionFailed,
  convertedRecords,
  recordsConverted,
} from "../../shared/__tests__/conversion-events.js";
import { UnknownEventError } from "../../shared/events/failures.js";
import { auditDb } from "../audit/db.js";
import { db } from "../db.js";
import { processConversion } from "../processing/domain/process-conversion.js";

const databases = { auditDb, db };

function newJob() {
  return { ruleId: randomUUID(), jobId: randomUUID(), batch: 1 };
}

describe("audit log", () => {
  it("gets one row a record from a batch of 500, however often the batch is delivered", async () => {
    const authData = newCaller("audit:view");
    const job = newJob();
    const event = recordsConverted(authData, { ...job, records: convertedRecords("s", 500) });
    await Promise.all([1, 2, 3].map(() => processConversion(databases, event)));
    const entries = await event_management.listAuditEntries(
      { jobId: job.jobId, count: true, limit: 500 },
      { authData },
    );
    expect(entries.total).toBe(500);
    expect(new Set(entries.entries.map((entry) => entry.sourceRecordId)).size).toBe(500);
    expect(entries.nextCursor).toBeUndefined();
    const statistics = await event_management.getRuleStatistics({ ruleId: job.ruleId }, { authData });
    expect(statistics).toMatchObject({ converted: 500, unchanged: 0, skipped: 0, failed: 0 });
  });

  it("says what became of each record, and why", async () => {
    const authData = newCaller("audit:view");
    const job = newJob();
    const records = [
      { sourceRecordId: "1", targetRecordId: "t1", outcome: "converted" as const },
      { sourceRecordId: "2", targetRecordId: "t2", outcome: "unchanged" as const },
      {
        sourceRecordId: "3",
        outcome: "skipped" as const,
        errorCode: "condition_not_met",
        error: "no capital",
      },
      { sourceRecordId: "4", outcome: "failed" as const, errorCode: "lookup_missed", error: "no country XX" },
    ];
    await processConversion(databases, recordsConverted(authData, { ...job, records }));
    const { entries } = await event_management.listAuditEntries({ ruleId: job.ruleId }, { authData });
    const told = entries.map((entry) => [entry.sourceRecordId, entry.eventType, entry.details.errorCode]);
    expect(told.sort()).toEqual([
      ["1", "entity-converted", undefined],
      ["2", "entity-unchanged", undefined],
      ["3", "entity-skipped", "condition_not_met"],
      ["4", "conversion-failed", "lookup_missed"],
    ]);
    const statistics = await event_management.getRuleStatistics({ ruleId: job.ruleId }, { authData });
    expect(statistics).toMatchObject({ converted: 1, unchanged: 1, skipped: 1, failed: 1 });
  });

  it("shows the trail of a record as source and as target, newest first, page by page", async () => {
    const authData = newCaller("audit:view");
    const recordId = `r-${randomUUID()}`;
    for (const minute of [1, 3, 2]) {
      const [sourceRecordId, targetRecordId] = minute === 2 ? ["other", recordId] : [recordId, "other"];
      const timestamp = new Date(Date.UTC(2026, 0, 1, 0, minute));
      const eventType = `minute-${minute}`;
      await event_management.logActivity(
        { eventType, sourceRecordId, targetRecordId, timestamp },
        { authData },
      );
    }
    const first = await event_management.getAuditTrail({ recordId, limit: 2 }, { authData });
    expect(first.entries.map((entry) => entry.eventType)).toEqual(["minute-3", "minute-2"]);
    const second = await event_management.getAuditTrail(
      { recordId, limit: 2, cursor: first.nextCursor },
      { authData },
    );
    expect(second.entries.map((entry) => entry.eventType)).toEqual(["minute-1"]);
    expect(second.nextCursor).toBeUndefined();
  });

  it("is sorted by time both ways, also where entries are of one time, for its tenant alone", async () => {
    const authData = newCaller("audit:view");
    const recordId = `r-${randomUUID()}`;
    for (const minute of [2, 1, 2, 2, 3]) {
      const entry = { eventType: `minute-${minute}`, sourceRecordId: recordId };
      const timestamp = new Date(Date.UTC(2026, 0, 1, 0, minute));
      await event_management.logActivity({ ...entry, timestamp }, { authData });
    }
    const trail = (sort: string) =>
      allPages(async (page) => {
        const request = { recordId, sort, ...page };
        const { entries, nextCursor } = await event_management.getAuditTrail(request, { authData });
        return { items: entries.map(({ id }) => id), nextCursor };
      });
    const entries = (sort: string, caller = authData) =>
      allPages(async (page) => {
        const request = { sort, ...page };
        const found = await event_management.listAuditEntries(request, { authData: caller });
        return { items: found.entries.map(({ id }) => id), nextCursor: found.nextCursor };
      });
    const rising = ["2", "1", "3", "4", "5"];
    expect([await trail("timestamp"), await entries("timestamp")]).toEqual([rising, rising]);
    const falling = [...rising].reverse();
    expect([await trail("-timestamp"), await entries("-timestamp")]).toEqual([falling, falling]);
    for (const refused of [trail("eventType"), entries("eventType")])
      await expect(refused).rejects.toMatchObject({
        code: "invalid_argument",
        message: "sort: expected one of timestamp, -timestamp.",
      });
    expect(await entries("timestamp", newCaller("audit:view"))).toEqual([]);
  });

  it("takes an entry with the same event id once", async () => {
    const authData = newCaller("audit:view");
    const entry = { eventType: "lead-imported", eventId: randomUUID() };
    expect(await event_management.logActivity(entry, { authData })).toEqual({ logged: true });
    expect(await event_management.logActivity(entry, { authData })).toEqual({ logged: false });
  });

  it("of one tenant is empty for another", async () => {
    const author = newCaller("audit:view");
    const event = conversionFailed(author, randomUUID(), "7");
    await processConversion(databases, event);
    expect(
      (await event_management.getAuditTrail({ recordId: "7" }, { authData: author })).entries,
    ).toHaveLength(1);
    const authData = newCaller("audit:view");
    expect((await event_management.getAuditTrail({ recordId: "7" }, { authData })).entries).toEqual([]);
    expect(await event_management.listAuditEntries({ count: true }, { authData })).toEqual({
      entries: [],
      total: 0,
    });
    const ruleId = event.event.type === "conversion-failed" ? event.event.ruleId : "";
    expect((await event_management.getRuleStatistics({ ruleId }, { authData })).failed).toBe(0);
  });

  it.each([{ limit: 0 }, { limit: 501 }, { cursor: "x" }, { cursor: "eyJpZCI6MX0" }])(
    "refuses %j",
    async (page) => {
      const reading = event_management.getAuditTrail({ recordId: "7", ...page }, { authData: newCaller() });
      await expect(reading).rejects.toMatchObject({ code: "invalid_argument" });
    },
  );

  it("does not guess at an event of a newer version", async () => {
    const event = { ...conversionFailed(newCaller(), randomUUID(), "7"), version: 2 };
    await expect(processConversion(databases, event)).rejects.toThrow(UnknownEventError);
  });
});
