const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)$/;

/**
 * Reads an RFC 3339 time; a space may stand for the `T`, and digits beyond the
 * millisecond are cut off. Undefined for anything else, days that do not exist included.
 */
export function parseDateTime(text: string): Date | undefined {
  const match = RFC3339.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, fraction = "", zone = "Z"] = match;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return undefined;
  // A leap second is the first instant of the next minute.
  date.setUTCHours(Number(hour), Number(minute), Number(second), Number(fraction.slice(0, 3).padEnd(3, "0")));
  if (zone.length === 1) return date;
  const offsetHours = Number(zone.slice(1, 3));
  const offsetMinutes = Number(zone.slice(4));
  if (offsetHours > 23 || offsetMinutes > 59) return undefined;
  const offset = (offsetHours * 60 + offsetMinutes) * 60_000;
  return new Date(date.getTime() + (zone[0] === "-" ? offset : -offset));
}

/** The time in JSON: RFC 3339 in UTC, milliseconds only where there are some. */
export function formatDateTime(date: Date): string {
  const text = date.toISOString();
  return text.endsWith(".000Z") ? `${text.slice(0, -5)}Z` : text;
}

/** The time in a header or a path: as in JSON, but with the offset written out. */
export function formatDateTimeWithOffset(date: Date): string {
  return `${formatDateTime(date).slice(0, -1)}+00:00`;
}
