import type { NotificationPriority } from "../../../shared/events/types.js";
import type { QuietHours } from "../../../tenant-management/types.js";
import type { EffectivePreferences } from "../types.js";

const minuteMs = 60_000;
const minutesOfDay = 24 * 60;

type Timing = Pick<EffectivePreferences, "digest" | "digestHour" | "timeZone" | "quietHours">;

/**
 * When a mail is to go out: now, with the next digest, or at the end of the quiet hours that either falls into. High
 * priority waits for no digest, and for quiet hours only where they say so.
 */
export function deliveryTime(timing: Timing, priority: NotificationPriority, now: Date): Date {
  const { quietHours } = timing;
  const high = priority === "high";
  const due = high ? now : digestTime(timing, now);
  if (quietHours === undefined || (high && quietHours.evenHighPriority !== true)) return due;
  return afterQuietHours(quietHours, timing.timeZone, due);
}

function digestTime({ digest, digestHour, timeZone }: Timing, now: Date): Date {
  switch (digest) {
    case "off":
      return now;
    case "hourly":
      return nextAt((Math.floor(localMinutes(now, timeZone) / 60) + 1) * 60, timeZone, now);
    case "daily":
      return nextAt(digestHour * 60, timeZone, now);
  }
}

function afterQuietHours(hours: QuietHours, timeZone: string, at: Date): Date {
  const zone = hours.timeZone ?? timeZone;
  const [start, end] = [minutesOf(hours.start), minutesOf(hours.end)];
  const local = localMinutes(at, zone);
  const quiet = start < end ? local >= start && local < end : local >= start || local < end;
  return quiet ? nextAt(end, zone, at) : at;
}

/** The next instant, later than `from`, at which clocks in the zone show so many minutes of the day. */
function nextAt(minutes: number, timeZone: string, from: Date): Date {
  const target = minutes % minutesOfDay;
  const whole = Math.floor(from.getTime() / minuteMs) * minuteMs;
  const ahead = modulo(target - localMinutes(from, timeZone)) || minutesOfDay;
  const candidate = new Date(whole + ahead * minuteMs);
  // Where clocks are put forward or back in between, they show something else by then: up to half a day is put right.
  const drift = modulo(target - localMinutes(candidate, timeZone) + minutesOfDay / 2) - minutesOfDay / 2;
  const corrected = candidate.getTime() + drift * minuteMs;
  return corrected > from.getTime() ? new Date(corrected) : candidate;
}

function minutesOf(clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(":").map(Number);
  return hours * 60 + minutes;
}

function localMinutes(at: Date, timeZone: string): number {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  return minutesOf(format.format(at));
}

function modulo(minutes: number): number {
  return ((minutes % minutesOfDay) + minutesOfDay) % minutesOfDay;
}
