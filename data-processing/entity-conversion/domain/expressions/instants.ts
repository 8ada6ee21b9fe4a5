import { ExpressionError } from "./expression.js";

const second = 1_000_000n;
const day = 86_400n * second;

/** First instant that expressions take, 0001-01-01T00:00:00Z, and the first that they no longer take. */
const minInstant = instantOf(1, 1, 1);
const endInstant = instantOf(10_000, 1, 1);

/** Microseconds since 1970 of a UTC date and time. */
export function instantOf(
  year: number,
  month: number,
  dayOfMonth: number,
  time: { hour?: number; minute?: number; second?: number; micros?: number } = {},
): bigint {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, dayOfMonth);
  date.setUTCHours(time.hour ?? 0, time.minute ?? 0, time.second ?? 0, 0);
  return BigInt(date.getTime()) * 1_000n + BigInt(time.micros ?? 0);
}

/** Refuses an instant outside the years 1 to 9999. */
function inRange(instant: bigint): bigint {
  if (instant < minInstant || instant >= endInstant) {
    throw new ExpressionError("The timestamp is outside of the years 1 to 9999.");
  }
  return instant;
}

export interface InstantParts {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  micros: number;
}

/** Calendar fields of an instant, in UTC. */
export function partsOf(instant: bigint): InstantParts {
  const micros = Number(((instant % second) + second) % second);
  const date = new Date(Number((instant - BigInt(micros)) / 1_000n));
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    micros,
  };
}

/** Whole days from one instant to another, rounded towards the past. */
export function daysBetween(from: bigint, to: bigint): bigint {
  const distance = to - from;
  const days = distance / day;
  return distance < 0n && distance % day !== 0n ? days - 1n : days;
}

/** The start of the instant's UTC day. */
export function startOfDay(instant: bigint): bigint {
  return instant - (((instant % day) + day) % day);
}

export function addDays(instant: bigint, days: bigint): bigint {
  return inRange(instant + days * day);
}

const iso =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:\.([0-9]{1,6}))?)?(Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])?)?$/;

/** Reads an ISO 8601 date or date and time; without an offset it is UTC. Null where it is not one. */
export function readIso(text: string): bigint | null {
  const match = iso.exec(text);
  if (!match) return null;
  const [, year, month, dayOfMonth, hour = "0", minute = "0", seconds = "0", fraction = "", offset = "Z"] =
    match;
  const date = validDate(Number(year), Number(month), Number(dayOfMonth));
  if (!date) return null;
  const local = instantOf(Number(year), Number(month), Number(dayOfMonth), {
    hour: Number(hour),
    minute: Number(minute),
    second: Number(seconds),
    micros: Number(fraction.padEnd(6, "0")),
  });
  const instant = local - offsetOf(offset);
  return instant < minInstant || instant >= endInstant ? null : instant;
}

function offsetOf(offset: string): bigint {
  if (offset === "Z") return 0n;
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4, 6));
  return BigInt(offset.startsWith("-") ? -minutes : minutes) * 60n * second;
}

/** Whether the calendar has this day, in the years 1 to 9999. */
export function validDate(year: number, month: number, dayOfMonth: number): boolean {
  if (year < 1 || month < 1 || month > 12 || dayOfMonth < 1) return false;
  const last = new Date(0);
  last.setUTCFullYear(year, month, 0);
  return dayOfMonth <= last.getUTCDate();
}

/** RFC 3339 in UTC, with as many fractional digits as the instant has. */
export function isoText(instant: bigint): string {
  const parts = partsOf(instant);
  const fraction = parts.micros === 0 ? "" : `.${pad(parts.micros, 6).replace(/0+$/, "")}`;
  const date = `${pad(parts.year, 4)}-${pad(parts.month, 2)}-${pad(parts.day, 2)}`;
  return `${date}T${pad(parts.hour, 2)}:${pad(parts.minute, 2)}:${pad(parts.second, 2)}${fraction}Z`;
}

export function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}
