import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { event_management } from "~encore/clients";
import { newCaller } from "../../../shared/__tests__/callers.js";
import {
  conversionFailed,
  convertedRecords,
  recordsConverted,
} from "../../../shared/__tests__/conversion-events.js";
import { newEvent } from "../../../shared/events/envelope.js";
import { db } from "../../db.js";
import { keepEvents } from "../domain/keep-events.js";
import { keep } from "../keep.js";

const author = newCaller();
const topic = "conversion-events";
const failure = (recordId: string = randomUUID(), by = author) =>
  conversionFailed(by, randomUUID(), recordId);

async function endOfStore(): Promise<string> {
  return (await event_management.followEvents({})).position;
}

describe("the event store", () => {
  it("keeps each event once, with what it tells of, in the order of delivery", async () => {
    const start = await endOfStore();
    const { tenantId } = newCaller();
    const mine = { ...author, tenantId };
    const job = { ruleId: "r", jobId: "j", batch: 1, records: convertedRecords("s", 2) };
    const events = [failure("a", mine), recordsConverted(mine, job), failure("b", mine)];
    for (const event of events) await keep(topic, event);
    for (const event of events) await keep(topic, event);
    const page = await event_management.followEvents({ after: start, tenantId });
    expect(page.events.map(({ eventId }) => eventId)).toEqual(events.map(({ eventId }) => eventId));
    expect(page.position).toBe(page.events.at(-1)?.position);
    expect(page.events[1]).toMatchObject({
      topic,
      type: "records-converted",
      version: 1,
      body: events[1]!.event,
    });
    expect(page.events[1]?.subjects).toEqual([
      { kind: "rule", id: "r" },
      { kind: "job", id: "j" },
      { kind: "record", id: "s-0", entity: "leads" },
      { kind: "record", id: "s-target-0", entity: "customers" },
      { kind: "record", id: "s-1", entity: "leads" },
      { kind: "record", id: "s-target-1", entity: "customers" },
    ]);
  });

  it("refuses another event with the id of a kept one, and keeps those that came with it", async () => {
    const start = await endOfStore();
    const first = failure();
    const forged = { ...failure(), eventId: first.eventId };
    const other = failure();
    await keep(topic, first);
    const outcomes = await Promise.allSettled([keep(topic, other), keep(topic, forged), keep(topic, first)]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(outcomes[1]).toMatchObject({ reason: { name: "EventIdReusedError" } });
    const { events } = await event_management.followEvents({ after: start, tenantId: author.tenantId });
    expect(events.map(({ eventId }) => eventId)).toEqual([first.eventId, other.eventId]);
  });

  it("keeps text that Postgres cannot hold as it can, and links that open accounts not at all", async () => {
    const start = await endOfStore();
    const { tenantId } = newCaller();
    await keep(topic, failure("a\0b", { ...author, tenantId }));
    const mail = newEvent(
      {
        type: "mail-requested" as const,
        to: "ada@example.com",
        template: "reset-password" as const,
        data: { url: "https://example.com/reset?token=secret" },
      },
      { tenantId, userId: "ada" },
    );
    await keep("notification-events", mail);
    const { events } = await event_management.followEvents({ after: start, tenantId });
    expect(events[0]?.body).toMatchObject({ sourceRecordId: "a\ufffdb" });
    expect(events[1]?.body).toMatchObject({ to: "ada@example.com", data: {} });
  });

  it("tells a waiting follower as soon as there is something", async () => {
    const { tenantId } = newCaller();
    const after = await endOfStore();
    const following = event_management.followEvents({ after, tenantId, waitMs: 20_000 });
    const event = failure("x", { ...author, tenantId });
    await keep(topic, event);
    expect((await following).events.map(({ eventId }) => eventId)).toEqual([event.eventId]);
    const nothing = await event_management.followEvents({ after: await endOfStore(), tenantId, waitMs: 50 });
    expect(nothing.events).toEqual([]);
  });

  it("shows a follower every event once, in order, while many are kept at the same time", async () => {
    const { tenantId } = newCaller();
    let after = await endOfStore();
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let at = 0; at < 25; at++) {
        const event = failure(`${writer}-${at}`, { ...author, tenantId });
        await keepEvents(db, [{ topic, event }]);
      }
    });
    const seen: bigint[] = [];
    while (seen.length < 200) {
      const page = await event_management.followEvents({ after, tenantId, waitMs: 5_000, limit: 7 });
      expect(page.events.length, "events in time").toBeGreaterThan(0);
      seen.push(...page.events.map(({ position }) => BigInt(position)));
      after = page.position;
    }
    await Promise.all(writers);
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => (a < b ? -1 : 1)));
    const rest = await event_management.followEvents({ after, tenantId });
    expect(rest.events).toEqual([]);
  });

  it("refuses a position that is none", async () => {
    for (const after of ["-1", "x", "9223372036854775808"]) {
      await expect(event_management.followEvents({ after })).rejects.toMatchObject({
        code: "invalid_argument",
      });
    }
  });
});
