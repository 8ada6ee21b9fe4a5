import { CronExpressionParser } from "cron-parser";
import type { CronJob } from "../../model/app-model.js";

type Schedule = CronJob["schedule"];

const MS_PER_DAY = 86_400_000;

/** The first tick of a schedule after the given time. `everyMs` counts from midnight, and all times are UTC. */
export function nextTick(schedule: Schedule, after: Date): Date {
  if ("cron" in schedule) {
    return CronExpressionParser.parse(schedule.cron, { currentDate: after, tz: "UTC" }).next().toDate();
  }
  const { everyMs } = schedule;
  const midnight = Math.floor(after.getTime() / MS_PER_DAY) * MS_PER_DAY;
  const ticks = Math.floor((after.getTime() - midnight) / everyMs) + 1;
  return new Date(midnight + Math.min(ticks * everyMs, MS_PER_DAY));
}

/** The last tick of a schedule up to the given time. */
export function previousTick(schedule: Schedule, until: Date): Date {
  if ("cron" in schedule) {
    const currentDate = new Date(until.getTime() + 1);
    return CronExpressionParser.parse(schedule.cron, { currentDate, tz: "UTC" }).prev().toDate();
  }
  const midnight = Math.floor(until.getTime() / MS_PER_DAY) * MS_PER_DAY;
  const { everyMs } = schedule;
  return new Date(midnight + Math.floor((until.getTime() - midnight) / everyMs) * everyMs);
}
