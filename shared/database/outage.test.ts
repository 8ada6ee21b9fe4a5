import { APIError } from "encore.dev/api";
import { expect, it } from "vitest";
import { isOutage } from "./outage.js";

const withCode = (code: string, message = "x") => Object.assign(new Error(message), { code });

it("tells a database that cannot be reached, also as the cause of another error", () => {
  expect(isOutage(withCode("ECONNREFUSED"))).toBe(true);
  expect(isOutage(new Error("failed query", { cause: withCode("57P03") }))).toBe(true);
  expect(isOutage(withCode("55000", 'database "x" is not currently accepting connections'))).toBe(true);
});

it("leaves other errors what they are", () => {
  expect(isOutage(withCode("23505"))).toBe(false);
  expect(isOutage(withCode("57014"))).toBe(false);
  expect(isOutage(APIError.notFound("x"))).toBe(false);
  expect(isOutage("text")).toBe(false);
});
