import { setTimeout as delay } from "node:timers/promises";
import { isMainThread } from "node:worker_threads";
import type { CronJob } from "../model/app-model.js";
import { ApiCallError } from "./calls/api-call-error.js";
import { apiCall } from "./calls/call.js";
import { CronLedger, type DueJob } from "./cron/ledger.js";
import { nextTick, previousTick } from "./cron/schedule.js";
import { host } from "./host.js";
import { info, logError, warn } from "./logger.js";
import { onReady, onShutdown } from "./shutdown.js";

/** A look at the ledger at least this often: other processes may have died, or changed it. */
const LOOK_EVERY_MS = 30_000;
const LOOK_AGAIN_MS = 1_000;
const MAX_RETRY_MS = 30_000;
/** Ticks that passed while no process ran are made up for, once for all, when the last is no older. */
const CATCH_UP_MS = 60 * 60 * 1000;

/**
 * Runs the app's cron jobs whose endpoints this process hosts: production and development, not in tests, and not
 * where the configuration says otherwise. Of several processes one runs each tick. Runs of a job do not overlap: a
 * tick that passes during a run is done after it.
 */
export function startCron(): void {
  const { config, model } = host();
  if (!config.cron || config.mode === "test" || !isMainThread) return;
  const jobs = model.cronJobs.filter((job) => config.hosted.services.includes(job.endpoint.service));
  const { pubsub } = config;
  const connectionString =
    config.cronDatabase ?? (pubsub.provider === "postgres" ? pubsub.connectionString : "");
  if (jobs.length === 0 || connectionString === "") return;
  onReady(() => {
    const cron = new Cron(jobs, new CronLedger(connectionString));
    onShutdown("stop-intake", () => cron.stop());
    onShutdown("drain", () => cron.drained());
    onShutdown("close", () => cron.close());
  });
}

/** The jobs of one process. */
export class Cron {
  private readonly stopping = new AbortController();
  private readonly running = new Map<string, Promise<void>>();
  private readonly loop: Promise<void>;
  /** Resolved when a run ends. */
  private ended = Promise.withResolvers<void>();
  private readonly jobs: Map<string, CronJob>;

  constructor(
    jobs: CronJob[],
    private readonly ledger: CronLedger,
    private readonly call: (job: CronJob) => Promise<void> = callEndpoint,
  ) {
    this.jobs = new Map(jobs.map((job) => [job.name, job]));
    this.loop = this.run();
  }

  /** Starts no more runs. */
  stop(): void {
    this.stopping.abort();
  }

  /** Resolves when nothing runs any more. */
  async drained(): Promise<void> {
    await this.loop;
    await Promise.all(this.running.values());
  }

  async close(): Promise<void> {
    await this.ledger.close();
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    let prepared = false;
    for (let failures = 0; !signal.aborted; ) {
      let waitMs: number;
      try {
        if (!prepared) await this.prepare();
        prepared = true;
        waitMs = await this.round();
        failures = 0;
      } catch (error) {
        waitMs = Math.min(MAX_RETRY_MS, 200 * 2 ** failures++);
        warn("cron jobs cannot be looked up; trying again", {}, error as Error);
      }
      this.ended = Promise.withResolvers();
      const waited = delay(waitMs, undefined, { signal }).catch(() => undefined); // stopped
      await Promise.race([waited, this.ended.promise]);
    }
  }

  private async prepare(): Promise<void> {
    const now = new Date();
    const jobs = [...this.jobs.values()];
    await this.ledger.prepare(
      jobs.map(({ name, schedule }) => ({
        name,
        schedule: JSON.stringify(schedule),
        nextRun: nextTick(schedule, now),
      })),
    );
  }

  /** Starts what is due; answers how long to wait for the next look. */
  private async round(): Promise<number> {
    const { due, nextInMs } = await this.ledger.look([...this.jobs.keys()]);
    let pending = false;
    for (const tick of due) {
      const job = this.jobs.get(tick.name);
      if (!job || this.running.has(job.name)) continue;
      if (!(await this.start(job, tick))) pending = true;
    }
    return Math.min(nextInMs, pending ? LOOK_AGAIN_MS : LOOK_EVERY_MS);
  }

  private async start(job: CronJob, due: DueJob): Promise<boolean> {
    const now = new Date();
    const next = nextTick(job.schedule, now);
    const missed = previousTick(job.schedule, now);
    if (now.getTime() - missed.getTime() > CATCH_UP_MS) {
      warn("cron job is too late for its time and waits for the next", {
        job: job.name,
        missed: missed.toISOString(),
      });
      await this.ledger.skip(due, next);
      return true;
    }
    if (!(await this.ledger.take(due, next))) return false;
    const run = this.perform(job, due).finally(() => {
      this.running.delete(job.name);
      this.ended.resolve(); // its next tick may have passed
    });
    this.running.set(job.name, run);
    return true;
  }

  private async perform(job: CronJob, due: DueJob): Promise<void> {
    const fields = { job: job.name, service: job.endpoint.service, endpoint: job.endpoint.name };
    const started = performance.now();
    let failure: string | undefined;
    info("starting cron job", fields);
    try {
      await this.call(job);
      info("cron job completed", { ...fields, duration: Math.round(performance.now() - started) });
    } catch (error) {
      failure = String((error as Error).message);
      logError("cron job failed", error, fields);
    }
    try {
      await this.ledger.finish(due, failure);
    } catch (error) {
      logError("the run of a cron job could not be recorded: it may be repeated", error, fields);
    }
  }
}

async function callEndpoint(job: CronJob): Promise<void> {
  const { service, name } = job.endpoint;
  const result = await apiCall(service, name, undefined, undefined, undefined);
  if (result instanceof ApiCallError) throw new Error(`${result.code}: ${result.message}`);
}
