import { describe, expect, test } from "vitest";
import {
  ApiError,
  codeOfStatus,
  coerceToApiError,
  outcomeOfStatus,
  parseErrorBody,
  statusOf,
} from "./errors.js";

describe("what a handler throws", () => {
  test("an object with a known code keeps code, message and details", () => {
    const error = coerceToApiError({
      code: "not_found",
      message: "no order",
      details: { at: new Date(0), n: 1n },
    });
    expect(error).toMatchObject({
      code: "not_found",
      message: "no order",
      status: 404,
      details: { at: "1970-01-01T00:00:00Z", n: "1" },
    });
  });

  test("the cause's message is appended", () => {
    const thrown = Object.assign(new Error("outer", { cause: new Error("inner") }), { code: "aborted" });
    expect(coerceToApiError(thrown).message).toBe("outer: inner");
  });

  test.each([
    [new Error("secret detail")],
    ["secret detail"],
    [{ code: "ok", message: "secret detail" }],
    [Object.assign(new Error("secret detail"), { code: "ENOENT" })],
  ])("%s is internal, and its text stays inside", (thrown) => {
    const error = coerceToApiError(thrown);
    expect(error).toMatchObject({
      code: "internal",
      message: "an internal error occurred",
      internalMessage: "secret detail",
    });
    expect(error.toBody(false)).not.toContain("secret");
    expect(JSON.parse(error.toBody(true))).toMatchObject({
      internal_message: "secret detail",
      details: null,
    });
  });

  test.each([null, undefined, 42, Symbol("s")])("%s is internal", (thrown) => {
    expect(coerceToApiError(thrown).code).toBe("internal");
  });

  test("details that are no object, or have no JSON form, are told inside only", () => {
    expect(coerceToApiError({ code: "not_found", message: "m", details: "text" }).code).toBe("internal");
    expect(coerceToApiError({ code: "not_found", message: "m", details: { f: () => 1 } }).code).toBe(
      "internal",
    );
  });
});

describe("statuses", () => {
  test("of codes", () => {
    expect(statusOf("failed_precondition")).toBe(400);
    expect(statusOf("canceled")).toBe(499);
    expect(statusOf("data_loss")).toBe(500);
  });

  test("of raw answers become codes", () => {
    expect([200, 201, 302, 404, 418, 500].map(outcomeOfStatus)).toEqual([
      "ok",
      "http_201",
      "http_302",
      "not_found",
      "unknown",
      "internal",
    ]);
    expect(codeOfStatus(504)).toBe("deadline_exceeded");
  });
});

describe("errors of another process", () => {
  test("come back as they left", () => {
    const sent = new ApiError("already_exists", "taken", "inside", { name: "x" });
    expect(parseErrorBody(sent.toBody(true))).toMatchObject({
      code: "already_exists",
      message: "taken",
      internalMessage: "inside",
      details: { name: "x" },
    });
  });

  test.each(["<html>", "null", '{"code":"nope","message":"m"}'])("%s is not one", (text) => {
    expect(parseErrorBody(text)).toMatchObject({ code: "invalid_argument" });
  });
});

describe("the answer of a thrown error", () => {
  test("has the headers that a middleware put on it", () => {
    const thrown = Object.assign(new Error("no"), {
      code: "not_found",
      [Symbol.for("axion.answerHeaders")]: { "X-Test": "1" },
    });
    const error = coerceToApiError(thrown);
    expect(error).toMatchObject({ code: "not_found", status: 404, wishes: { headers: { "X-Test": "1" } } });
  });
});
