import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { copyApp } from "../lib/copy-app.ts";
import { type LoadRequest, load, median } from "../lib/load.ts";
import { freePort, launch, untilReady } from "../lib/process.ts";
import type { BenchOptions } from "./bench.ts";

const run = promisify(execFile);

const order = {
  customer: "Ada",
  lines: [
    { sku: "sku-1", quantity: 2, priceCents: 1250 },
    { sku: "sku-2", quantity: 1, priceCents: 990 },
    { sku: "sku-3", quantity: 12, priceCents: 15 },
  ],
};

/** Requests per second of the host, as a share of the same handlers on Hono and `postgres`; p99 of both. */
export interface RequestFigures {
  typedRatio: number;
  queryRatio: number;
  typedP99Ms: number;
  typedBaselineP99Ms: number;
  queryP99Ms: number;
  queryBaselineP99Ms: number;
  [figure: string]: number;
}

/**
 * Runs both servers side by side on one database and loads them in turn, so that
 * a slow moment of the machine hits both. The host has its logs and traces on.
 */
export async function compareRequests({ root, scratch, quick }: BenchOptions): Promise<RequestFigures> {
  const app = join(scratch, "requests");
  await copyApp(root, "bench/host/__tests__/app", app);
  const axion = join(root, "node_modules/.bin/axion");
  const hostPort = await freePort();
  const host = launch(axion, ["start", "--app", app, "--port", String(hostPort)], { cwd: app });
  try {
    await untilReady(`http://127.0.0.1:${hostPort}/__encore/healthz`, host, 120);
    const uri = await run(axion, ["db", "conn-uri", "orders", "--app", app], { cwd: app, timeout: 30_000 });
    const baselinePort = await freePort();
    const baseline = launch(
      join(root, "node_modules/.bin/node"),
      [join(root, "bench/host/baseline-server.mjs"), String(baselinePort), uri.stdout.trim()],
      { cwd: root },
    );
    try {
      await untilReady(`http://127.0.0.1:${baselinePort}/products/sku-1`, baseline, 30);
      const typed = await alternate({ hostPort, baselinePort, path: "/orders/price", body: order, quick });
      const query = await alternate({ hostPort, baselinePort, path: "/products/sku-500", quick });
      return {
        typedRatio: typed.ratio,
        queryRatio: query.ratio,
        typedP99Ms: typed.hostP99Ms,
        typedBaselineP99Ms: typed.baselineP99Ms,
        queryP99Ms: query.hostP99Ms,
        queryBaselineP99Ms: query.baselineP99Ms,
      };
    } finally {
      await baseline.stop();
    }
  } finally {
    await host.stop();
  }
}

interface Alternation {
  hostPort: number;
  baselinePort: number;
  path: string;
  body?: unknown;
  quick: boolean;
}

async function alternate({ hostPort, baselinePort, path, body, quick }: Alternation) {
  const request = (port: number, seconds: number): LoadRequest => ({
    url: `http://127.0.0.1:${port}${path}`,
    method: body === undefined ? "GET" : "POST",
    body,
    connections: 32,
    seconds,
  });
  await load(request(hostPort, 2));
  await load(request(baselinePort, 2));
  const rounds = quick ? 3 : 7;
  const results = {
    host: [] as number[],
    baseline: [] as number[],
    hostP99: [] as number[],
    baselineP99: [] as number[],
  };
  for (let round = 0; round < rounds; round++) {
    const seconds = quick ? 2 : 5;
    const host = await load(request(hostPort, seconds));
    const baseline = await load(request(baselinePort, seconds));
    if (host.failures + baseline.failures > 0) {
      throw new Error(`${path}: ${host.failures} failures on the host, ${baseline.failures} on the baseline`);
    }
    results.host.push(host.requestsPerSecond);
    results.baseline.push(baseline.requestsPerSecond);
    results.hostP99.push(host.p99Ms);
    results.baselineP99.push(baseline.p99Ms);
  }
  const ratio = median(results.host) / median(results.baseline);
  console.log(
    `${path}: ${Math.round(median(results.host))}/s on the host, ${Math.round(median(results.baseline))}/s by hand (${ratio.toFixed(2)})`,
  );
  return {
    ratio: Number(ratio.toFixed(3)),
    hostP99Ms: median(results.hostP99),
    baselineP99Ms: median(results.baselineP99),
  };
}
