import { join } from "node:path";
import { startEventsApp } from "../events/delivery.ts";
import type { BenchOptions } from "./bench.ts";

const PER_SECOND = 200;

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
  const app = await startEventsApp({ root, folder: join(scratch, "events") });
  try {
    const { p50Ms, p99Ms } = await app.latency(PER_SECOND, quick ? 5 : 30);
    const eventsPerSecond = await app.throughput(quick ? 5_000 : 20_000, quick ? 3 : 5);
    console.log(`events: p50 ${p50Ms} ms, p99 ${p99Ms} ms at ${PER_SECOND}/s; ${eventsPerSecond}/s at most`);
    return { eventP50Ms: p50Ms, eventP99Ms: p99Ms, eventsPerSecond };
  } finally {
    await app.stop();
  }
}
