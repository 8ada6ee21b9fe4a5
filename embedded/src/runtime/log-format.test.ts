import { describe, expect, it } from "vitest";
import { jsonLine, textLine } from "./log-format.js";

const entry = {
  level: "error" as const,
  message: "went wrong",
  error: { message: "boom", stack: "Error: boom\n    at f (a.ts:1:2)" },
  context: undefined,
  fields: { user: "a b", n: 1, none: undefined },
};

describe("a log line", () => {
  it("is one object of JSON for machines", () => {
    const line = jsonLine(entry);
    expect(line.endsWith("}\n")).toBe(true);
    expect(line.trimEnd()).not.toContain("\n");
    expect(JSON.parse(line)).toEqual({
      level: "error",
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      message: "went wrong",
      user: "a b",
      n: 1,
      error: "boom",
      stack: entry.error.stack,
    });
  });

  it("names its request, whatever a field of the app is called", () => {
    const context = { service: "shop", endpoint: "buy", uid: 'u"1', trace_id: "0a", span_id: "0b" };
    const line = jsonLine({
      level: "info",
      message: "m",
      fields: { level: "mine", service: "mine", extra: 1 },
      context,
    });
    expect(JSON.parse(line)).toMatchObject({
      level: "info",
      service: "shop",
      endpoint: "buy",
      uid: 'u"1',
      extra: 1,
    });
    expect(line.match(/"level"/g)).toHaveLength(1);
    const delivery = { service: "shop", topic: "t", subscription: "s", trace_id: "0a", span_id: "0b" };
    expect(
      JSON.parse(jsonLine({ level: "info", message: "m", fields: undefined, context: delivery })),
    ).toMatchObject({ topic: "t", subscription: "s" });
  });

  it("is text for people, with the stack below", () => {
    expect(textLine(entry, false)).toMatch(
      /^\d\d:\d\d:\d\d ERR went wrong error=boom user="a b" n=1\n {4}at f \(a\.ts:1:2\)\n$/,
    );
    expect(textLine(entry, true)).toContain("\u001b[1;31mERR\u001b[0m");
  });

  it("is written whatever a field holds", () => {
    const circle: Record<string, unknown> = { name: "c" };
    circle.self = circle;
    const fields = { circle, big: 10n, f: function named() {}, date: new Date(0) };
    const logged = JSON.parse(
      jsonLine({ level: "info", message: "m", context: undefined, fields }),
    ) as Record<string, unknown>;
    expect(logged).toMatchObject({
      circle: { name: "c", self: "[circular]" },
      big: "10",
      f: "[function named]",
    });
    expect(textLine({ level: "info", message: "m", context: undefined, fields }, false)).toContain("circle=");
  });
});
