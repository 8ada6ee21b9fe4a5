import { describe, expect, it, vi } from "vitest";
import { BulkTurns } from "./bulk-turns.js";

const soon = { timeout: 5_000, interval: 1 };

const events = (count: number) => Array.from({ length: count }, (_, at) => at);

/** Stores that end when they are told to, and what was given to them. */
function stores() {
  const parts: { tenant: string; events: number[]; end: () => void }[] = [];
  const storeOf = (tenant: string) => (given: number[]) =>
    new Promise<number>((resolve) => {
      parts.push({ tenant, events: given, end: () => resolve(given.length) });
    });
  return { parts, storeOf };
}

/** Two tenants send, of which one has sent all that it may in one go. */
async function besideFlood(turns: BulkTurns): Promise<void> {
  await turns.run("flood", events(1_000), async () => undefined);
  await turns.run("quiet", [1], async () => undefined);
}

describe("large requests", () => {
  it("of a tenant that is alone are stored whole, and at the same time", async () => {
    const turns = new BulkTurns();
    const { parts, storeOf } = stores();
    const answers = [1, 2].map(() => turns.run("flood", events(500), storeOf("flood")));
    expect(parts.map((part) => part.events.length)).toEqual([500, 500]);
    for (const { end } of parts) end();
    expect(await Promise.all(answers)).toEqual([[500], [500]]);
  });

  it("are no flood where they are few, and none any more after a while", async () => {
    const clock = { now: 0 };
    const turns = new BulkTurns(() => clock.now);
    const whole = async (count: number) =>
      (await turns.run("one", events(count), async () => 1)).length === 1;
    for (const tenant of ["one", "other"]) await turns.run(tenant, [1], async () => undefined);
    expect([await whole(500), await whole(500), await whole(30)]).toEqual([true, true, false]);
    clock.now += 10_000;
    await turns.run("other", [1], async () => undefined);
    expect([await whole(900), await whole(200)]).toEqual([true, false]);
  });

  it("of a flood beside another tenant are stored in parts, one request after the other, in their order", async () => {
    const turns = new BulkTurns();
    await besideFlood(turns);
    let running = 0;
    const seen: number[] = [];
    const store = async (given: number[]) => {
      expect(++running).toBe(1);
      await Promise.resolve();
      running--;
      seen.push(...given);
      return given.length;
    };
    const answers = await Promise.all([1, 2].map(() => turns.run("flood", events(30), store)));
    expect(answers).toEqual([
      [12, 12, 6],
      [12, 12, 6],
    ]);
    expect(seen).toEqual([...events(30), ...events(30)]);
  });

  it("do not hold up the other tenant, nor the same one's small requests", async () => {
    const turns = new BulkTurns();
    await besideFlood(turns);
    const { parts, storeOf } = stores();
    const large = turns.run("flood", events(21), storeOf("flood"));
    await turns.run("quiet", [1], async () => undefined);
    await turns.run("quiet", events(21), async () => undefined);
    await turns.run("flood", [1], async () => undefined);
    parts[0]!.end();
    await vi.waitFor(() => expect(parts).toHaveLength(2), soon);
    parts[1]!.end();
    expect(await large).toEqual([12, 9]);
  });

  it("are refused where too many wait, and taken again when one is through", async () => {
    const turns = new BulkTurns();
    await besideFlood(turns);
    const { parts, storeOf } = stores();
    const waiting = events(32).map(() => turns.run("flood", events(21), storeOf("flood")));
    await expect(turns.run("flood", events(21), storeOf("flood"))).rejects.toMatchObject({
      code: "resource_exhausted",
      details: { reason: "events_limited", retryAfterSeconds: 1 },
    });
    const ended = async (at: number) => {
      await vi.waitFor(() => expect(parts.length).toBeGreaterThan(at), soon);
      parts[at]!.end();
    };
    for (const at of [0, 1]) await ended(at);
    await waiting[0];
    const late = turns.run("flood", events(21), async () => "late");
    for (let at = 2; at < 64; at++) await ended(at);
    expect(await late).toEqual(["late", "late"]);
  });

  it("that fail let the next one go on", async () => {
    const turns = new BulkTurns();
    await besideFlood(turns);
    const failing = turns.run("flood", events(21), () => Promise.reject(new Error("no")));
    const next = turns.run("flood", events(21), async () => "stored");
    await expect(failing).rejects.toThrow("no");
    expect(await next).toEqual(["stored", "stored"]);
  });
});
