import { describe, expect, it } from "vitest";
import { deliveryTime } from "./delivery-time.js";

const calm = { digest: "off" as const, digestHour: 8, timeZone: "UTC" };
const due = (
  timing: Partial<Parameters<typeof deliveryTime>[0]>,
  now: string,
  priority: "normal" | "high" = "normal",
) => deliveryTime({ ...calm, ...timing }, priority, new Date(now)).toISOString();

describe("the time of a mail", () => {
  it("is now without digest and quiet hours", () => {
    expect(due({}, "2026-03-02T10:17:42.500Z")).toBe("2026-03-02T10:17:42.500Z");
  });

  const nights = { start: "22:00", end: "07:00" };
  it.each([
    ["before midnight", "2026-03-02T23:10:05.000Z", "2026-03-03T07:00:00.000Z"],
    ["after midnight", "2026-03-03T06:59:59.000Z", "2026-03-03T07:00:00.000Z"],
    ["at their beginning", "2026-03-02T22:00:00.000Z", "2026-03-03T07:00:00.000Z"],
    ["not at their end", "2026-03-03T07:00:00.000Z", "2026-03-03T07:00:00.000Z"],
    ["not by day", "2026-03-03T12:00:00.000Z", "2026-03-03T12:00:00.000Z"],
  ])("is the end of quiet hours %s", (_, now, expected) => {
    expect(due({ quietHours: nights }, now)).toBe(expected);
  });

  it("is the end of quiet hours within one day", () => {
    expect(due({ quietHours: { start: "12:00", end: "13:30" } }, "2026-03-02T12:15:00.000Z")).toBe(
      "2026-03-02T13:30:00.000Z",
    );
  });

  it("follows the clocks of the zone, also when they are put forward or back meanwhile", () => {
    const berlin = { ...nights, timeZone: "Europe/Berlin" };
    expect(due({ quietHours: berlin }, "2026-07-01T21:00:00.000Z")).toBe("2026-07-02T05:00:00.000Z");
    expect(due({ quietHours: berlin }, "2026-03-28T22:00:00.000Z")).toBe("2026-03-29T05:00:00.000Z");
    expect(due({ quietHours: berlin }, "2026-10-24T22:00:00.000Z")).toBe("2026-10-25T06:00:00.000Z");
    const nepal = { ...nights, timeZone: "Asia/Kathmandu" };
    expect(due({ quietHours: nepal }, "2026-03-02T20:00:00.000Z")).toBe("2026-03-03T01:15:00.000Z");
  });

  it("is not put off for high priority, unless quiet hours say so", () => {
    const now = "2026-03-02T23:10:00.000Z";
    expect(due({ quietHours: nights, digest: "daily" }, now, "high")).toBe(now);
    expect(due({ quietHours: { ...nights, evenHighPriority: true } }, now, "high")).toBe(
      "2026-03-03T07:00:00.000Z",
    );
  });

  it("is the next full hour or the hour of the day for digests", () => {
    expect(due({ digest: "hourly" }, "2026-03-02T10:17:42.500Z")).toBe("2026-03-02T11:00:00.000Z");
    expect(due({ digest: "hourly" }, "2026-03-02T10:00:00.000Z")).toBe("2026-03-02T11:00:00.000Z");
    expect(due({ digest: "hourly" }, "2026-03-02T23:30:00.000Z")).toBe("2026-03-03T00:00:00.000Z");
    expect(due({ digest: "daily" }, "2026-03-02T07:59:00.000Z")).toBe("2026-03-02T08:00:00.000Z");
    expect(due({ digest: "daily", timeZone: "Asia/Tokyo" }, "2026-03-02T07:59:00.000Z")).toBe(
      "2026-03-02T23:00:00.000Z",
    );
  });

  it("is the end of the quiet hours that a digest falls into", () => {
    expect(due({ digest: "hourly", quietHours: nights }, "2026-03-02T21:30:00.000Z")).toBe(
      "2026-03-03T07:00:00.000Z",
    );
  });
});
