import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { setHost } from "../host.js";
import { renderMetrics } from "./exposition.js";
import { MetricsRegistry, MetricType } from "./registry.js";
import { requestFinished } from "./request-metrics.js";
import { SeriesDirectory } from "./series-directory.js";

beforeEach(() =>
  setHost({
    config: {} as never,
    model: { metrics: [{ name: "orders", doc: "Orders\nby outcome." }] } as never,
  }),
);
afterEach(() => setHost(undefined));

describe("metrics", () => {
  it("of the app are read from the SDK's shared buffer", () => {
    const values = new BigUint64Array(new SharedArrayBuffer(10_000 * 8));
    const registry = new MetricsRegistry(values);
    const ok = registry.allocateSlot("orders", [["outcome", 'a "b"\\']], "shop", MetricType.Counter);
    expect(registry.allocateSlot("orders", [["outcome", 'a "b"\\']], "shop", MetricType.Counter)).toBe(ok);
    expect(registry.allocateSlot("orders", [["outcome", "other"]], "shop", MetricType.Counter)).not.toBe(ok);
    Atomics.add(values, ok, 3n);
    const load = registry.allocateSlot("load", [], "shop", MetricType.Gauge);
    values[load] = new BigUint64Array(new Float64Array([0.25]).buffer)[0] as bigint;
    expect(registry.slotCount()).toBe(3);
    const text = renderMetrics(registry);
    expect(text).toContain("# HELP orders Orders\\nby outcome.\n# TYPE orders counter\n");
    expect(text).toContain('orders{outcome="a \\"b\\"\\\\",service="shop"} 3\n');
    expect(text).toContain('load{service="shop"} 0.25\n');
    expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
  });

  it("of requests are counted by outcome and duration", () => {
    requestFinished("shop", "buy", "ok", 0.003);
    requestFinished("shop", "buy", "not_found", 7);
    const text = renderMetrics(undefined);
    expect(text).toContain('e_requests_total{service="shop",endpoint="buy",code="not_found"} 1\n');
    expect(text).toContain('e_request_duration_seconds_bucket{service="shop",endpoint="buy",le="0.005"} 1\n');
    expect(text).toContain('e_request_duration_seconds_bucket{service="shop",endpoint="buy",le="+Inf"} 2\n');
    expect(text).toContain('e_request_duration_seconds_sum{service="shop",endpoint="buy"} 7.003\n');
  });

  it("have the same slot on every thread", async () => {
    const directory = new SeriesDirectory();
    const keys = Array.from({ length: 500 }, (_, i) => `series ${i}`);
    const slots = keys.map((key) => directory.slotOf(key));
    expect(new Set(slots).size).toBe(keys.length);
    const worker = new Worker(
      `const { parentPort, workerData } = require("node:worker_threads");
       const { createHash } = require("node:crypto");
       const hashes = new BigUint64Array(workerData.memory);
       parentPort.postMessage(workerData.keys.map((key) => {
         const hash = createHash("sha256").update(key).digest().readBigUInt64LE() | 1n;
         return hashes.indexOf(hash);
       }));`,
      { eval: true, workerData: { memory: directory.memory, keys } },
    );
    const [seen] = (await once(worker, "message")) as [number[]];
    expect(seen).toEqual(slots);
    expect(new SeriesDirectory(directory.memory).slotOf("series 7")).toBe(slots[7]);
  });
});
