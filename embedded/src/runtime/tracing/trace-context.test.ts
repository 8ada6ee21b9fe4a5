import { expect, test } from "vitest";
import { newSpanId, newTraceId } from "./ids.js";
import { setSpanRecorder, startSpan } from "./span.js";
import { formatTraceparent, parseTraceparent } from "./trace-context.js";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";

test("reads what it writes", () => {
  const context = { traceId: newTraceId(), spanId: newSpanId(), sampled: true, traceState: undefined };
  expect(parseTraceparent(formatTraceparent(context))).toEqual(context);
});

test("carries the tracestate and the sampling decision of the caller", () => {
  const parsed = parseTraceparent(`00-${TRACE}-${SPAN}-00`, "vendor=1");
  expect(parsed).toEqual({ traceId: TRACE, spanId: SPAN, sampled: false, traceState: "vendor=1" });
});

test("accepts a later version with more fields", () => {
  expect(parseTraceparent(`01-${TRACE}-${SPAN}-01-extra`)?.traceId).toBe(TRACE);
});

test.each([
  undefined,
  "",
  "nonsense",
  `ff-${TRACE}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}-01-extra`,
  `00-${"0".repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${"0".repeat(16)}-01`,
  `00-${TRACE.toUpperCase()}-${SPAN}-01`,
])("ignores %s as a traceparent", (header) => {
  expect(parseTraceparent(header)).toBeUndefined();
});

test("gives every span its own id, and children the trace of their parent", () => {
  const parent = startSpan({ kind: "server", name: "parent" });
  const child = startSpan({ kind: "client", name: "child", parent });
  expect(child.traceId).toBe(parent.traceId);
  expect(child.parentSpanId).toBe(parent.spanId);
  expect(new Set(Array.from({ length: 5_000 }, newSpanId)).size).toBe(5_000);
});

test("records a sampled span with its error, and leaves an unsampled trace alone", () => {
  const names: [string, unknown][] = [];
  setSpanRecorder({ sample: () => true, record: (span) => names.push([span.name, span.error]) });
  try {
    startSpan({ kind: "internal", name: "fine" }).end();
    const failure = new Error("no");
    startSpan({ kind: "internal", name: "failed" }).end(failure);
    const parent = { traceId: TRACE, spanId: SPAN, sampled: false };
    startSpan({ kind: "internal", name: "not sampled", parent }).end();
    expect(names).toEqual([
      ["fine", undefined],
      ["failed", failure],
    ]);
  } finally {
    setSpanRecorder(undefined);
  }
});
