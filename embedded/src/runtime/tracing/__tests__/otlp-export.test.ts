import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startTraceExport, stopTraceExport } from "../export.js";
import { startSpan } from "../span.js";

interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  status: { code?: number; message?: string };
  attributes: { key: string; value: Record<string, unknown> }[];
  events: { name: string }[];
}
interface OtlpBody {
  resourceSpans: {
    resource: { attributes: { key: string; value: { stringValue?: string } }[] };
    scopeSpans: { spans: OtlpSpan[] }[];
  }[];
}

const META = {
  appId: "app",
  envName: "staging",
  envType: "production" as const,
  cloud: "local" as const,
  apiBaseUrl: "http://localhost",
  deployId: "d",
  revision: "r1",
  uncommittedChanges: false,
};

let collector: Server;
let endpoint: string;
let requests: { path: string | undefined; key: unknown; body: OtlpBody }[];
let answer: number;

beforeEach(async () => {
  requests = [];
  answer = 200;
  collector = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    requests.push({
      path: req.url,
      key: req.headers["x-key"],
      body: JSON.parse(Buffer.concat(chunks).toString()) as OtlpBody,
    });
    res.writeHead(answer, { "content-type": "application/json" }).end("{}");
  });
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
  endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
});
afterEach(async () => {
  await stopTraceExport();
  collector.closeAllConnections();
  collector.close();
});

function spansOf(service: string): OtlpSpan[] {
  return requests
    .flatMap((request) => request.body.resourceSpans)
    .filter(({ resource }) =>
      resource.attributes.some((each) => each.key === "service.name" && each.value.stringValue === service),
    )
    .flatMap((each) => each.scopeSpans)
    .flatMap((each) => each.spans);
}

test("sends spans with their parents, attributes and errors, under the service that made them", async () => {
  startTraceExport(
    { tracing: { otlpEndpoint: endpoint, headers: { "x-key": "k" }, sampleRate: 1 }, meta: META },
    () => {},
  );
  const parent = startSpan({
    kind: "server",
    name: "GET /items/:id",
    service: "items",
    attributes: { "http.request.method": "GET" },
  });
  const child = startSpan({ kind: "producer", name: "publish orders", service: "items", parent });
  child.end(new Error("broker away"));
  parent.setAttributes({ "http.response.status_code": 500 });
  parent.end();
  startSpan({ kind: "consumer", name: "process orders", service: "billing", parent: child }).end();
  await stopTraceExport();

  expect(requests[0]).toMatchObject({ path: "/v1/traces", key: "k" });
  const [failed, request] = spansOf("items");
  expect(failed).toMatchObject({
    name: "publish orders",
    kind: 4,
    traceId: parent.traceId,
    parentSpanId: parent.spanId,
    status: { code: 2, message: "broker away" },
    events: [{ name: "exception" }],
  });
  expect(request).toMatchObject({ name: "GET /items/:id", kind: 2, spanId: parent.spanId });
  expect(request?.attributes).toContainEqual({ key: "http.response.status_code", value: { intValue: 500 } });
  expect(Number(request?.endTimeUnixNano)).toBeGreaterThan(Number(request?.startTimeUnixNano));
  expect(Math.abs(Number(request?.startTimeUnixNano) / 1e6 - Date.now())).toBeLessThan(10_000);
  expect(spansOf("billing")).toMatchObject([
    { kind: 5, traceId: parent.traceId, parentSpanId: child.spanId },
  ]);
});

test("samples whole traces, and follows the decision of a caller", async () => {
  startTraceExport({ tracing: { otlpEndpoint: endpoint, sampleRate: 0.5 }, meta: META }, () => {});
  const roots = Array.from({ length: 400 }, () => startSpan({ kind: "server", name: "root", service: "s" }));
  for (const root of roots) {
    startSpan({ kind: "client", name: "child", service: "s", parent: root }).end();
    root.end();
  }
  await stopTraceExport();
  const sampled = roots.filter((root) => root.sampled).length;
  expect(sampled).toBeGreaterThan(120);
  expect(sampled).toBeLessThan(280);
  expect(spansOf("s").length).toBe(2 * sampled);
});

test("warns once when the collector refuses", async () => {
  answer = 400;
  const warnings: string[] = [];
  startTraceExport(
    { tracing: { otlpEndpoint: `${endpoint}/v1/traces`, sampleRate: 1 }, meta: META },
    (text) => warnings.push(text),
  );
  for (let i = 0; i < 1_000; i++) startSpan({ kind: "internal", name: "x" }).end();
  await stopTraceExport();
  expect(requests.length).toBeGreaterThan(1);
  expect(warnings).toHaveLength(1);
});

test("exports nothing, and samples nothing, when not configured", async () => {
  startTraceExport({ meta: META }, () => {});
  const span = startSpan({ kind: "server", name: "x" });
  span.end();
  expect(span.sampled).toBe(false);
  await stopTraceExport();
  expect(requests).toEqual([]);
});
