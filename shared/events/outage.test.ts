import { APIError } from "encore.dev/api";
import { describe, expect, it } from "vitest";
import { isOutage } from "./outage.js";

const withCode = (code: string) => Object.assign(new Error("no"), { code });

describe("an outage", () => {
  it.each([
    ["a server that cannot be reached", withCode("ECONNREFUSED")],
    ["a connection that broke", withCode("CONNECTION_CLOSED")],
    ["a server that stops", withCode("57P01")],
    ["a server that starts", withCode("57P03")],
    ["what wraps one", new Error("query failed", { cause: withCode("08006") })],
    ["one among others", new AggregateError([new Error("other"), withCode("ECONNRESET")])],
    ["a service that does not answer", APIError.unavailable("down")],
  ])("is %s", (_, error) => {
    expect(isOutage(error)).toBe(true);
  });

  it.each([
    ["a constraint that was broken", withCode("23505")],
    ["a statement that took too long", withCode("57014")],
    ["a fault of the program", new TypeError("x is undefined")],
    ["no error", undefined],
  ])("is not %s", (_, error) => {
    expect(isOutage(error)).toBe(false);
  });
});
