import { describe, expect, it } from "vitest";
import { TenantPacing } from "./tenant-pacing.js";

function pacingAt() {
  const clock = { now: 0 };
  return { clock, pacing: new TenantPacing(2, () => clock.now) };
}

describe("the pace of a tenant", () => {
  it("is its own while it is alone", () => {
    const { clock, pacing } = pacingAt();
    pacing.seen("a");
    pacing.seen("a");
    expect(pacing.several).toBe(false);
    clock.now = 60_000;
    pacing.seen("b");
    expect(pacing.several).toBe(false);
  });

  it("is shared from another's first work until some seconds after its last", () => {
    const { clock, pacing } = pacingAt();
    pacing.seen("a");
    pacing.seen("b");
    for (clock.now = 0; clock.now < 14_000; clock.now += 100) pacing.seen("a");
    expect(pacing.several).toBe(true);
    clock.now = 16_000;
    expect(pacing.several).toBe(false);
  });

  it("has it rest in proportion to its work, and not for long", () => {
    const { clock, pacing } = pacingAt();
    pacing.rest("a", 20);
    pacing.rest("b", 30);
    expect(pacing.resting()).toEqual({ tenants: ["a", "b"], endsInMs: 40 });
    clock.now = 50;
    expect(pacing.resting()).toEqual({ tenants: ["b"], endsInMs: 10 });
    clock.now = 60;
    expect(pacing.resting()).toEqual({ tenants: [] });
    expect(pacing.restAfter(60_000)).toBe(500);
  });

  it("is a flood's for more than a thousand in one go, never for steady work, and not for long", () => {
    const { clock, pacing } = pacingAt();
    for (; clock.now < 60_000; clock.now += 50) expect(pacing.isFlood("quiet", 1)).toBe(false);
    expect([pacing.isFlood("flood", 1_000), pacing.isFlood("flood", 1)]).toEqual([false, true]);
    clock.now += 20_000;
    expect(pacing.isFlood("flood", 1)).toBe(false);
  });
});
