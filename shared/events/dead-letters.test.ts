import { describe, expect, it } from "vitest";
import { UnknownEventError, withDeadLetter } from "./dead-letters.js";
import type { DeadLetterEvent, Envelope } from "./types.js";

const event: Envelope = {
  eventId: "11111111-1111-4111-8111-111111111111",
  correlationId: "c1",
  causationId: "c1",
  userId: "ada",
  tenantId: "tenant-a",
  time: "2026-01-01T00:00:00.000Z",
  orderingKey: "tenant-a:7",
  type: "rule-retired",
};

function consumer(handle: (attempt: number) => void) {
  const attemptedAt: number[] = [];
  const deadLetters: DeadLetterEvent[] = [];
  const handler = withDeadLetter<Envelope>(
    {
      service: "event-management",
      topic: "conversion-events",
      subscription: "process-conversion",
      backoffMs: 20,
      publishDeadLetter: async (deadLetter) => {
        deadLetters.push(deadLetter);
      },
    },
    async () => {
      attemptedAt.push(performance.now());
      handle(attemptedAt.length);
    },
  );
  return { handler, attemptedAt, deadLetters };
}

describe("a subscription with dead letters", () => {
  it("tries three times, waiting twice as long each time, and then keeps event, error and stack", async () => {
    const { handler, attemptedAt, deadLetters } = consumer(() => {
      throw new Error("database is on fire");
    });
    await handler(event);
    const [first, second, third] = attemptedAt as [number, number, number];
    expect(attemptedAt).toHaveLength(3);
    expect(second - first).toBeGreaterThanOrEqual(19);
    expect(third - second).toBeGreaterThanOrEqual(39);
    expect(deadLetters).toHaveLength(1);
    expect(deadLetters[0]).toMatchObject({
      tenantId: "tenant-a",
      correlationId: "c1",
      causationId: event.eventId,
      event: { reason: "handler-failed", attempts: 3, error: "database is on fire", original: event },
    });
    expect(deadLetters[0]?.event.stack).toContain("dead-letters.test");
    expect(deadLetters[0]?.eventId).not.toBe(event.eventId);
  });

  it("stops trying as soon as the handler succeeds", async () => {
    const { handler, attemptedAt, deadLetters } = consumer((attempt) => {
      if (attempt === 1) throw new Error("deadlock");
    });
    await handler(event);
    expect(attemptedAt).toHaveLength(2);
    expect(deadLetters).toEqual([]);
  });

  it("does not try an unknown event again", async () => {
    const { handler, attemptedAt, deadLetters } = consumer(() => {
      throw new UnknownEventError({ ...event, type: "rule-painted", version: 2 });
    });
    await handler(event);
    expect(attemptedAt).toHaveLength(1);
    expect(deadLetters[0]?.event).toMatchObject({
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
    expect(JSON.stringify(deadLetters)).not.toContain("\\u0000");
    expect(deadLetters[0]?.event.original).toMatchObject({ orderingKey: "tenant-a:7\ufffd" });
  });

  it("leaves the event to the broker where the dead letter cannot be kept", async () => {
    const handler = withDeadLetter<Envelope>(
      {
        service: "s",
        topic: "t",
        subscription: "x",
        attempts: 1,
        publishDeadLetter: () => Promise.reject(new Error("outbox unreachable")),
      },
      () => Promise.reject(new Error("broken")),
    );
    await expect(handler(event)).rejects.toThrow("outbox unreachable");
  });
});
