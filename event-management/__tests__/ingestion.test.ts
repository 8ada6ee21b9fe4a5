import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { event_management } from "~encore/clients";
import { newCaller } from "../../shared/__tests__/callers.js";
import type { IngestedEvent } from "../../shared/events/types.js";
import { db } from "../db.js";
import { ingestEvents } from "../ingestion/domain/ingest-events.js";
import type { CloudEvent } from "../ingestion/types.js";
import { outbox } from "../schema.js";

function newCloudEvent(changes: Partial<CloudEvent> = {}): CloudEvent {
  return {
    id: randomUUID(),
    source: "/sensors/a",
    type: "temperature.read",
    data: { t: 1 },
    extensions: {},
    ...changes,
  };
}

const indexed = (events: CloudEvent[]) => events.map((event, index) => ({ index, event }));

describe("events from outside", () => {
  it("are published once, in the name of the caller, whatever they claim", async () => {
    const { tenantId, userID } = newCaller("event:ingest");
    const event = newCloudEvent({
      time: "1999-01-01T00:00:00Z",
      extensions: { tenantid: "evil", userid: "root" },
    });
    const messages = await db.transaction(async (tx) => {
      const caller = { tenantId, userId: userID };
      const first = await ingestEvents(tx, caller, indexed([event, event]));
      const again = await ingestEvents(tx, caller, indexed([event]));
      expect(first.accepted.map(({ duplicate }) => duplicate)).toEqual([false, true]);
      expect(again.accepted).toMatchObject([{ duplicate: true, eventId: first.accepted[0]!.eventId }]);
      // Read in the same transaction: afterwards the relay may have published it.
      const rows = await tx.select().from(outbox).where(eq(outbox.topic, "ingested-events"));
      return rows
        .map((row) => row.message as IngestedEvent)
        .filter((message) => message.tenantId === tenantId);
    });
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatchObject({
      userId: userID,
      event: { type: "event-ingested", id: event.id, occurredAt: "1999-01-01T00:00:00Z", data: { t: 1 } },
    });
    expect(Date.parse(messages[0]!.time)).toBeGreaterThan(Date.now() - 60_000);
  });

  it("with a known source and id are refused where they say something else", async () => {
    const authData = newCaller("event:ingest");
    const event = newCloudEvent();
    const other = { ...event, data: { t: 2 } };
    await event_management.ingestEvents({ events: indexed([event]) }, { authData });
    const answer = await event_management.ingestEvents(
      { events: indexed([newCloudEvent(), other, event]) },
      { authData },
    );
    expect(answer.accepted.map(({ index, duplicate }) => [index, duplicate])).toEqual([
      [0, false],
      [2, true],
    ]);
    expect(answer.rejected).toMatchObject([
      { index: 1, id: event.id, path: "id", reason: "content_differs" },
    ]);
  });

  it("of many small requests at once are answered each by itself", async () => {
    const authData = newCaller("event:ingest");
    const events = Array.from({ length: 30 }, (_, at) =>
      newCloudEvent({ id: `${authData.tenantId} ${at % 20}` }),
    );
    const answers = await Promise.all(
      events.map((event) => event_management.ingestEvents({ events: indexed([event]) }, { authData })),
    );
    const accepted = answers.map((answer) => answer.accepted);
    expect(accepted.map(([first]) => first?.id)).toEqual(events.map(({ id }) => id));
    expect(accepted.filter(([first]) => first?.duplicate === false)).toHaveLength(20);
  });

  it("of one tenant are unknown to another", async () => {
    const event = newCloudEvent();
    const [one, other] = [newCaller("event:ingest"), newCaller("event:ingest")];
    const first = await event_management.ingestEvents({ events: indexed([event]) }, { authData: one });
    const second = await event_management.ingestEvents({ events: indexed([event]) }, { authData: other });
    expect(second.accepted).toMatchObject([{ duplicate: false }]);
    expect(second.accepted[0]!.eventId).not.toBe(first.accepted[0]!.eventId);
  });

  it("are taken once though they come at the same time, in any order", async () => {
    const authData = newCaller("event:ingest");
    const events = Array.from({ length: 40 }, () => newCloudEvent());
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, turn) =>
        event_management.ingestEvents(
          { events: indexed(turn % 2 === 0 ? events : [...events].reverse()) },
          { authData },
        ),
      ),
    );
    const accepted = answers.flatMap((answer) => answer.accepted);
    expect(accepted.filter(({ duplicate }) => !duplicate)).toHaveLength(40);
    expect(new Set(accepted.map(({ eventId }) => eventId)).size).toBe(40);
  });
});
