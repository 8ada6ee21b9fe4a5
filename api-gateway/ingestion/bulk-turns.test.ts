import { describe, expect, it } from "vitest";
import { BulkTurns } from "./bulk-turns.js";

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
    const answers = await Promise.all([1, 2].map(() => turns.run("flood", events(70), store)));
    expect(answers).toEqual([
      [25, 25, 20],
      [25, 25, 20],
    ]);
    expect(seen).toEqual([...events(70), ...events(70)]);
  });

  it("do not hold up the other tenant, nor the same one's small requests", async () => {
    const turns = new BulkTurns();
    await besideFlood(turns);
    const { parts, storeOf } = stores();
    const large = turns.run("flood", events(25), storeOf("flood"));
    await turns.run("quiet", [1], async () => undefined);
    await turns.run("quiet", events(25), async () => undefined);
    await turns.run("flood", [1], async () => undefined);
    parts[0]!.end();
    expect(await large).toEqual([25]);
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
    parts[0]!.end();
    await waiting[0];
    const late = turns.run("flood", events(21), async () => "late");
    for (let at = 1; at < 32; at++) {
      while (parts[at] === undefined) await new Promise((resolve) => setTimeout(resolve, 1));
      parts[at]!.end();
    }
    expect(await late).toEqual(["late"]);
  });

  it("that fail let the next one go on", async () => {
    const turns = new BulkTurns();
    await besideFlood(turns);
    const failing = turns.run("flood", events(25), () => Promise.reject(new Error("no")));
    const next = turns.run("flood", events(25), async () => "stored");
    await expect(failing).rejects.toThrow("no");
    expect(await next).toEqual(["stored"]);
  });
});
