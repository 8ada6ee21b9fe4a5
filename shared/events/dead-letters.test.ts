import { describe, expect, it } from "vitest";
import { withDeadLetter } from "./dead-letters.js";
import { UnknownEventError } from "./failures.js";
import type { DeadLetterEvent, DeadLettered, EventMessage } from "./types.js";

const event: EventMessage = {
  eventId: "11111111-1111-4111-8111-111111111111",
  correlationId: "c1",
  causationId: "c1",
  userId: "ada",
  tenantId: "tenant-a",
  time: "2026-01-01T00:00:00.000Z",
  orderingKey: "tenant-a:7",
  type: "rule-retired",
  event: { type: "rule-retired", ruleId: "r1", ruleVersion: 1, retiredBy: "ada" },
};

function consumer(
  handle: (attempt: number) => void,
  handles: "every" | "anything" | { "rule-retired"?: number; "rule-created"?: number } = "every",
) {
  const attemptedAt: number[] = [];
  const published: DeadLetterEvent[] = [];
  const handler = withDeadLetter(
    {
      service: "event-management",
      topic: "conversion-events",
      subscription: "process-conversion",
      handles,
      backoffMs: 20,
      publishDeadLetter: async (deadLetter) => {
        published.push(deadLetter);
      },
    },
    async () => {
      attemptedAt.push(performance.now());
      handle(attemptedAt.length);
    },
  );
  const deadLetters = () => published.map((each) => each.event as DeadLettered);
  return { handler, attemptedAt, published, deadLetters };
}

describe("a subscription with dead letters", () => {
  it("tries three times, waiting twice as long each time, and then keeps event, error and stack", async () => {
    const { handler, attemptedAt, published, deadLetters } = consumer(() => {
      throw new Error("database is on fire");
    });
    await handler(event);
    const [first, second, third] = attemptedAt as [number, number, number];
    expect(attemptedAt).toHaveLength(3);
    expect(second - first).toBeGreaterThanOrEqual(19);
    expect(third - second).toBeGreaterThanOrEqual(39);
    expect(published).toHaveLength(1);
    expect(published[0]).toMatchObject({
      tenantId: "tenant-a",
      correlationId: "c1",
      causationId: event.eventId,
      event: { reason: "handler-failed", attempts: 3, error: "database is on fire", original: event },
    });
    expect(deadLetters()[0]?.stack).toContain("dead-letters.test");
    expect(published[0]?.eventId).not.toBe(event.eventId);
  });

  it("stops trying as soon as the handler succeeds", async () => {
    const { handler, attemptedAt, deadLetters } = consumer((attempt) => {
      if (attempt === 1) throw new Error("deadlock");
    });
    await handler(event);
    expect(attemptedAt).toHaveLength(2);
    expect(deadLetters()).toEqual([]);
  });

  it("does not try an unknown event again", async () => {
    const { handler, attemptedAt, deadLetters } = consumer(() => {
      throw new UnknownEventError({ ...event, type: "rule-painted", version: 2 });
    });
    await handler(event);
    expect(attemptedAt).toHaveLength(1);
    expect(deadLetters()[0]).toMatchObject({
      reason: "unknown-event",
      attempts: 1,
      error: 'This consumer does not know the event "rule-painted" in version 2.',
    });
  });

  it("can be stored where the handler failed on a NUL", async () => {
    const { handler, deadLetters } = consumer(() => {
      throw new UnknownEventError({ ...event, type: "rule\0" });
    });
    await handler({ ...event, orderingKey: "tenant-a:7\0" });
    expect(JSON.stringify(deadLetters())).not.toContain("\\u0000");
    expect(deadLetters()[0]?.original).toMatchObject({ orderingKey: "tenant-a:7\ufffd" });
  });

  const created = {
    ...event,
    type: "rule-created",
    event: {
      type: "rule-created",
      ruleId: "r1",
      ruleVersion: 1,
      name: "n",
      sourceEntity: "a",
      targetEntity: "b",
      createdBy: "ada",
    },
  };

  it("leaves alone what it does not name, and what is replayed to another subscription", async () => {
    const { handler, attemptedAt, published } = consumer(() => {}, { "rule-retired": 1 });
    await handler(created);
    await handler({ ...created, type: "rule-painted", event: null });
    await handler({ ...event, redeliverTo: "send-notifications" });
    expect([attemptedAt, published]).toEqual([[], []]);
    await handler({ ...event, redeliverTo: "process-conversion" });
    expect(attemptedAt).toHaveLength(1);
  });

  it.each([
    ["a type that nobody knows", { type: "rule-painted" }, "unknown-event"],
    ["a version that nobody knows", { version: 2 }, "unknown-version"],
    ["a field that is missing", { event: { type: "rule-retired", ruleId: "r1" } }, "malformed-event"],
    [
      "a field of another type",
      { event: { ...(event.event as object), ruleVersion: "1" } },
      "malformed-event",
    ],
    ["no body", { event: null }, "malformed-event"],
    ["no tenant", { tenantId: "" }, "malformed-event"],
    ["a time that is none", { time: "yesterday" }, "malformed-event"],
  ])("moves an event with %s to the dead letters, without trying it", async (_, wrong, reason) => {
    const { handler, attemptedAt, deadLetters } = consumer(() => {});
    await handler({ ...event, ...wrong });
    expect(attemptedAt).toEqual([]);
    expect(deadLetters()).toMatchObject([
      { reason, attempts: 1, original: { eventId: event.eventId, ...wrong } },
    ]);
  });

  it("knows no later version than it says", async () => {
    const { handler, deadLetters } = consumer(() => {}, { "rule-retired": 1 });
    await handler({ ...event, version: 2 });
    expect(deadLetters()).toMatchObject([{ reason: "unknown-version" }]);
  });

  it("answers a replayed dead letter with what became of it", async () => {
    const replayed = { ...event, redeliverTo: "process-conversion", deadLetterId: "d1" };
    const handled = consumer(() => {});
    await handled.handler(replayed);
    expect(handled.published).toMatchObject([
      {
        tenantId: "tenant-a",
        causationId: event.eventId,
        event: { type: "dead-letter-resolved", deadLetterId: "d1", subscription: "process-conversion" },
      },
    ]);
    const failed = consumer(() => {
      throw new Error("still broken");
    });
    await failed.handler(replayed);
    expect(failed.deadLetters()).toMatchObject([{ type: "dead-lettered", original: { deadLetterId: "d1" } }]);
  });

  it("leaves the event to the broker where a database stays away", async () => {
    const { handler, attemptedAt, published } = consumer(() => {
      throw Object.assign(new Error("connection refused"), { code: "ECONNREFUSED" });
    });
    await expect(handler(event)).rejects.toThrow("connection refused");
    expect(attemptedAt).toHaveLength(3);
    expect(published).toEqual([]);
  });

  it("leaves the event to the broker where the dead letter cannot be kept", async () => {
    const handler = withDeadLetter(
      {
        service: "s",
        topic: "conversion-events",
        subscription: "x",
        handles: "every",
        attempts: 1,
        publishDeadLetter: () => Promise.reject(new Error("outbox unreachable")),
      },
      () => Promise.reject(new Error("broken")),
    );
    await expect(handler(event)).rejects.toThrow("outbox unreachable");
  });
});
