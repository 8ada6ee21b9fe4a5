import { expect, test } from "vitest";
import { nextTick, previousTick } from "./schedule.js";

const at = (text: string): Date => new Date(`2026-03-01T${text}Z`);
const MINUTE = 60_000;

test.each([
  [{ everyMs: 10 * MINUTE }, "10:00:00", "10:10:00"],
  [{ everyMs: 10 * MINUTE }, "10:09:59.999", "10:10:00"],
  [{ everyMs: 6 * 60 * MINUTE }, "05:00:00", "06:00:00"],
  [{ cron: "*/15 * * * *" }, "10:00:00", "10:15:00"],
  [{ cron: "30 4 1 3 *" }, "00:00:00", "04:30:00"],
])("%j after %s is %s", (schedule, after, next) => {
  expect(nextTick(schedule, at(after))).toEqual(at(next));
});

test("an interval that does not divide the day starts again at midnight", () => {
  expect(nextTick({ everyMs: 7 * 60 * MINUTE }, at("22:00:00"))).toEqual(new Date("2026-03-02T00:00:00Z"));
  expect(nextTick({ everyMs: 24 * 60 * MINUTE }, at("00:00:00"))).toEqual(new Date("2026-03-02T00:00:00Z"));
});

test.each([{ everyMs: 10 * MINUTE }, { cron: "*/10 * * * *" }])(
  "the last tick of %j is found, a present one included",
  (schedule) => {
    expect(previousTick(schedule, at("10:09:59"))).toEqual(at("10:00:00"));
    expect(previousTick(schedule, at("10:10:00"))).toEqual(at("10:10:00"));
  },
);

test("schedules are in UTC, whatever the process's time zone", () => {
  const zone = process.env.TZ;
  process.env.TZ = "America/New_York";
  try {
    expect(nextTick({ cron: "0 4 * * *" }, at("00:00:00"))).toEqual(at("04:00:00"));
  } finally {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  }
});
