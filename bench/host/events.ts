import { join } from "node:path";
import { copyApp } from "../lib/copy-app.ts";
import { median } from "../lib/load.ts";
import { freePort, launch, untilReady } from "../lib/process.ts";
import type { BenchOptions } from "./bench.ts";

const PER_SECOND = 200;
const ROUND_TIMEOUT_MS = 120_000;

/** From publishing to the handler, on the default Pub/Sub provider. */
export interface EventFigures {
  /** At 200 events a second. */
  eventP50Ms: number;
  eventP99Ms: number;
  /** Published as fast as possible by one process, and handled by it: median of the rounds. */
  eventsPerSecond: number;
  [figure: string]: number;
}

/** Runs a small app that publishes to itself, logs and traces on as in production. */
export async function measureEvents({ root, scratch, quick }: BenchOptions): Promise<EventFigures> {
  const app = join(scratch, "events");
  await copyApp(root, "bench/host/__tests__/events-app", app);
  const port = await freePort();
  const axion = join(root, "node_modules/.bin/axion");
  const host = launch(axion, ["start", "--app", app, "--port", String(port)], { cwd: app });
  const base = `http://127.0.0.1:${port}`;
  try {
    await untilReady(`${base}/__encore/healthz`, host, 120);
    await post(`${base}/events/latency`, { run: "warm-up", count: 200, perSecond: PER_SECOND });
    const count = PER_SECOND * (quick ? 5 : 30);
    const { latenciesMs } = await post<{ latenciesMs: number[] }>(`${base}/events/latency`, {
      run: "latency",
      count,
      perSecond: PER_SECOND,
    });
    const rates: number[] = [];
    const messages = quick ? 5_000 : 20_000;
    for (let round = 0; round < (quick ? 3 : 5); round++) {
      const { seconds } = await post<{ seconds: number }>(`${base}/events/throughput`, {
        run: `throughput ${round}`,
        count: messages,
      });
      rates.push(messages / seconds);
    }
    const figures = {
      eventP50Ms: percentile(latenciesMs, 0.5),
      eventP99Ms: percentile(latenciesMs, 0.99),
      eventsPerSecond: Math.round(median(rates)),
    };
    console.log(
      `events: p50 ${figures.eventP50Ms} ms, p99 ${figures.eventP99Ms} ms at ${PER_SECOND}/s; ${figures.eventsPerSecond}/s at most`,
    );
    return figures;
  } finally {
    await host.stop();
  }
}

async function post<Answer>(url: string, body: unknown): Promise<Answer> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(ROUND_TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as Answer;
}

function percentile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  if (value === undefined) throw new Error("no message arrived");
  return Number(value.toFixed(2));
}
