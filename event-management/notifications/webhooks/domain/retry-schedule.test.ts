import { describe, expect, it } from "vitest";
import { mostAttempts, waitAfter } from "./retry-schedule.js";

const hour = 60 * 60 * 1_000;

describe("the schedule of a webhook's attempts", () => {
  it("has ten attempts over 75 h 35 m 5 s", () => {
    const waits = Array.from({ length: 9 }, (_, index) => waitAfter(index + 1, { random: 0.5 })!);
    expect(mostAttempts).toBe(10);
    expect(waits.reduce((sum, wait) => sum + wait)).toBe(75 * hour + (35 * 60 + 5) * 1_000);
    expect(waitAfter(10, { random: 0.5 })).toBeUndefined();
  });

  it("is up to a tenth shorter or longer each time", () => {
    expect(waitAfter(1, { random: 0 })).toBe(4_500);
    expect(waitAfter(1, { random: 0.999_999 })).toBe(5_500);
  });

  it("gives a receiver the longer wait that it asks for, up to a day", () => {
    expect(waitAfter(1, { random: 0.5, retryAfterMs: 60_000 })).toBe(60_000);
    expect(waitAfter(9, { random: 0.5, retryAfterMs: 60_000 })).toBe(24 * hour);
    expect(waitAfter(1, { random: 0.5, retryAfterMs: 1_000 * hour })).toBe(24 * hour);
  });
});
