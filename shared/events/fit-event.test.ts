import { describe, expect, it } from "vitest";
import { EventTooLargeError, fittingEvent } from "./fit-event.js";

const envelope = {
  eventId: "e1",
  correlationId: "c1",
  causationId: "c1",
  userId: "ada",
  tenantId: "tenant-a",
  time: "2026-01-01T00:00:00.000Z",
  orderingKey: "tenant-a",
  type: "entity-converted",
};
const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

describe("an event that brokers take", () => {
  it("is left as it is where it is small enough", () => {
    const message = { ...envelope, event: { type: "entity-converted", note: "é".repeat(400_000) } };
    expect(fittingEvent(message)).toBe(message);
  });

  it("has its long texts cut, and keeps ids and short texts whole", () => {
    const id = "x".repeat(500);
    const event = {
      type: "entity-converted",
      sourceRecordId: id,
      targetEntity: "customers",
      fieldMappings: { name: "Ada", biography: "😀".repeat(1_000_000) },
    };
    const fitted = fittingEvent({ ...envelope, event });
    expect(bytes(fitted)).toBeLessThanOrEqual(900_000);
    expect(fitted.event).toMatchObject({ ...event, fieldMappings: { name: "Ada" } });
    expect(fitted.event.fieldMappings.biography).toMatch(/^(😀)+… \(cut\)$/u);
  });

  it("has the texts of a whole batch cut as far as it takes", () => {
    const records = Array.from({ length: 500 }, (_, at) => ({
      sourceRecordId: String(at),
      error: "e".repeat(10_000),
    }));
    const fitted = fittingEvent({ ...envelope, event: { type: "records-converted", records } });
    expect(bytes(fitted)).toBeLessThanOrEqual(900_000);
    expect(fitted.event.records.map(({ sourceRecordId }) => sourceRecordId)).toEqual(
      records.map(({ sourceRecordId }) => sourceRecordId),
    );
  });

  it("is refused where there is no text to cut", () => {
    const event = { type: "entity-converted", numbers: Array.from({ length: 500_000 }, () => 1) };
    expect(() => fittingEvent({ ...envelope, event })).toThrow(EventTooLargeError);
  });
});
