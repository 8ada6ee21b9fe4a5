import { join } from "node:path";
import { copyApp } from "../lib/copy-app.ts";
import { median } from "../lib/load.ts";
import { freePort, launch, untilReady } from "../lib/process.ts";

const roundTimeoutMs = 120_000;

/** From publishing to the handler, in milliseconds. */
export interface Latency {
  p50Ms: number;
  p99Ms: number;
}

/** A small app that publishes to itself, logs and traces on as in production. */
export interface EventsApp {
  /** The app's folder: where its embedded Postgres says how it is reached. */
  folder: string;
  /** Publishes at an even pace for so long. */
  latency(perSecond: number, seconds: number): Promise<Latency>;
  /** Publishes as fast as it can and handles: messages a second, median of the rounds. */
  throughput(messages: number, rounds: number): Promise<number>;
  stop(): Promise<void>;
}

export interface EventsAppOptions {
  /** The repository. */
  root: string;
  /** Where the app is copied to. */
  folder: string;
  /** Infra config, such as one with Kafka. */
  config?: string;
}

/** Starts the app, warmed up. */
export async function startEventsApp({ root, folder, config }: EventsAppOptions): Promise<EventsApp> {
  await copyApp(root, "bench/host/__tests__/events-app", folder);
  const port = await freePort();
  const args = ["start", "--app", folder, "--port", String(port)];
  if (config !== undefined) args.push("--config", config);
  const host = launch(join(root, "node_modules/.bin/axion"), args, {
    cwd: folder,
    env: { KAFKA_MAX_CONCURRENT_HANDLERS: "100" },
  });
  const base = `http://127.0.0.1:${port}`;
  let runs = 0;
  const latency = async (perSecond: number, seconds: number): Promise<Latency> => {
    const { latenciesMs } = await post<{ latenciesMs: number[] }>(`${base}/events/latency`, {
      run: `latency ${++runs}`,
      count: perSecond * seconds,
      perSecond,
    });
    return latencyOf(latenciesMs);
  };
  try {
    await untilReady(`${base}/__encore/healthz`, host, 120);
    await latency(200, 1);
  } catch (error) {
    await host.stop();
    throw error;
  }
  return {
    folder,
    latency,
    async throughput(messages, rounds) {
      const rates: number[] = [];
      for (let round = 0; round < rounds; round++) {
        const run = `throughput ${++runs}`;
        const { seconds } = await post<{ seconds: number }>(`${base}/events/throughput`, {
          run,
          count: messages,
        });
        rates.push(messages / seconds);
      }
      return Math.round(median(rates));
    },
    stop: () => host.stop(),
  };
}

/** Percentiles of what was measured. */
export function latencyOf(latenciesMs: number[]): Latency {
  const sorted = [...latenciesMs].sort((a, b) => a - b);
  const at = (share: number): number => {
    const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
    if (value === undefined) throw new Error("no message arrived");
    return Number(value.toFixed(2));
  };
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}

async function post<Answer>(url: string, body: unknown): Promise<Answer> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(roundTimeoutMs),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as Answer;
}
