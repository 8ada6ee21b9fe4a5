import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { Logger, makeWorkerUtils, run, type WorkerUtils } from "graphile-worker";
import postgres from "postgres";
import { median } from "../lib/load.ts";
import { type Latency, latencyOf } from "./delivery.ts";

const database = "graphile_bench";
const batchSize = 500;
const concurrentJobs = 24;

/** The anchor: Graphile Worker on the same server, by itself, in this process. */
export interface GraphileFigures extends Latency {
  jobsPerSecond: number;
}

interface Measured {
  sentAt: number;
}

/** Measures enqueue → start at an even pace, and enqueue → done as fast as it goes. `admin` is any database of the server. */
export async function measureGraphile(
  admin: string,
  options: { perSecond: number; seconds: number; messages: number; rounds: number },
): Promise<GraphileFigures> {
  const sql = postgres(admin, { max: 1, onnotice: () => {} });
  await sql`create database ${sql(database)}`;
  await sql.end();
  const url = new URL(admin);
  url.pathname = `/${database}`;
  const anchor = new Anchor(url.href);
  try {
    await anchor.migrate();
    // Latency as it is by default, throughput with the local queue that its documentation recommends for it.
    const latency = await anchor.working({}, async () => {
      await anchor.atPace(200, 200);
      return latencyOf(await anchor.atPace(options.perSecond * options.seconds, options.perSecond));
    });
    const localQueue = { size: batchSize };
    const rates = await anchor.working({ localQueue, completeJobBatchDelay: 0 }, async () => {
      const found: number[] = [];
      for (let round = 0; round < options.rounds; round++) found.push(await anchor.atOnce(options.messages));
      return found;
    });
    return { ...latency, jobsPerSecond: Math.round(median(rates)) };
  } finally {
    await anchor.end();
  }
}

/** Enqueues and works in this process. */
class Anchor {
  private readonly logger = new Logger(() => () => {});
  private utils!: WorkerUtils;
  private arrived: (latency: number) => void = () => {};

  constructor(private readonly connectionString: string) {}

  async migrate(): Promise<void> {
    const { connectionString, logger } = this;
    this.utils = await makeWorkerUtils({ connectionString, maxPoolSize: 10, logger });
    await this.utils.migrate();
  }

  async end(): Promise<void> {
    await this.utils?.release();
  }

  /** Runs a worker for as long as `measure` takes. */
  async working<Result>(
    worker: GraphileConfig.WorkerOptions,
    measure: () => Promise<Result>,
  ): Promise<Result> {
    const { connectionString, logger } = this;
    const runner = await run({
      ...{ connectionString, logger, maxPoolSize: 10, noHandleSignals: true },
      preset: { worker: { ...worker, concurrentJobs } },
      taskList: {
        measure: async (payload) => this.arrived(performance.now() - (payload as Measured).sentAt),
      },
    });
    try {
      return await measure();
    } finally {
      await runner.stop();
    }
  }

  /** Milliseconds from enqueueing to the start, at an even pace. */
  async atPace(count: number, perSecond: number): Promise<number[]> {
    const collected = this.collect(count);
    const started = performance.now();
    const added: Promise<unknown>[] = [];
    for (let at = 0; at < count; at++) {
      const wait = started + (at * 1_000) / perSecond - performance.now();
      if (wait > 0) await delay(wait);
      const { identifier, payload } = job();
      added.push(this.utils.addJob(identifier, payload));
    }
    await Promise.all(added);
    return await collected;
  }

  /** Jobs a second, enqueued in batches as fast as it goes. */
  async atOnce(count: number): Promise<number> {
    const all = this.collect(count);
    const started = performance.now();
    for (let sent = 0; sent < count; sent += batchSize) {
      await this.utils.addJobs(Array.from({ length: batchSize }, () => job()));
    }
    await all;
    return count / ((performance.now() - started) / 1_000);
  }

  private collect(count: number): Promise<number[]> {
    return new Promise((resolve) => {
      const latencies: number[] = [];
      this.arrived = (latency) => {
        if (latencies.push(latency) === count) resolve(latencies);
      };
    });
  }
}

function job(): { identifier: string; payload: Measured & { note: string } } {
  const note = "a message of ordinary size, like most events";
  return { identifier: "measure", payload: { sentAt: performance.now(), note } };
}
