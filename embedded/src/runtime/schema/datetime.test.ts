import { describe, expect, test } from "vitest";
import { formatDateTime, formatDateTimeWithOffset, parseDateTime } from "./datetime.js";

describe("a time", () => {
  test.each([
    ["2024-02-29T12:30:15.250Z", "2024-02-29T12:30:15.250Z"],
    ["2024-02-29 12:30:15Z", "2024-02-29T12:30:15.000Z"],
    ["2024-02-29T12:30:15.123456789Z", "2024-02-29T12:30:15.123Z"],
    ["2024-02-29T12:30:15+02:00", "2024-02-29T10:30:15.000Z"],
    ["2024-01-01T23:59:60Z", "2024-01-02T00:00:00.000Z"],
    ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"],
  ])("%s", (text, iso) => {
    expect(parseDateTime(text)?.toISOString()).toBe(iso);
  });

  test.each([
    "2024-02-29",
    "2023-02-29T00:00:00Z",
    "2024-13-01T00:00:00Z",
    "2024-01-01T24:00:00Z",
    "2024-01-01T00:00:00",
    "2024-01-01T00:00:00+0200",
    "2024-01-01T00:00:00+24:00",
    " 2024-01-01T00:00:00Z",
  ])("%s is none", (text) => {
    expect(parseDateTime(text)).toBeUndefined();
  });

  test("has milliseconds only where there are some, and its offset in headers", () => {
    expect(formatDateTime(new Date(0))).toBe("1970-01-01T00:00:00Z");
    expect(formatDateTime(new Date(1))).toBe("1970-01-01T00:00:00.001Z");
    expect(formatDateTimeWithOffset(new Date(0))).toBe("1970-01-01T00:00:00+00:00");
  });
});
