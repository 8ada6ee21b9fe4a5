import { randomBytes } from "node:crypto";
import log from "encore.dev/log";
import postgres from "postgres";
import { WakeableWait } from "../../../shared/concurrency/wakeable-wait.js";
import { claimJob, type JobClaim, jobChannel, LeaseLostError, releaseJob, renewLeases } from "./job-queue.js";
import { type JobRunner, runJob } from "./run-job.js";

const heartbeatMs = 2_000;
const pollMs = 2_000;

export interface JobWorkerOptions extends JobRunner {
  /** The database of the queue. */
  connectionString: string;
  /** How many jobs a tenant runs at the same time; 0 where it is suspended. */
  limitOf: (tenantId: string) => Promise<number>;
  /** Jobs that this worker runs at the same time; 4 by default. */
  slots?: number;
}

interface RunningJob {
  tenantId: string;
  /** Ends this job's run after the batch in hand. */
  interruption: AbortController;
}

/**
 * Runs queued jobs. Woken by NOTIFY, and by a slow poll beneath it. While it lives, its session holds an advisory
 * lock: when the process dies, Postgres lets go of the lock, and another worker takes the jobs over at once; where a
 * process only hangs, when their leases end.
 */
export class JobWorker {
  private readonly owner = BigInt.asUintN(62, randomBytes(8).readBigUInt64BE()) + 1n;
  private readonly running = new Map<Promise<void>, RunningJob>();
  private readonly stopping = new AbortController();
  private session: postgres.Sql | undefined;
  private listener: postgres.Sql | undefined;
  private readonly pause = new WakeableWait();
  private readonly loop: Promise<void>;
  private readonly heart: NodeJS.Timeout;

  constructor(private readonly options: JobWorkerOptions) {
    this.loop = this.run();
    this.heart = setInterval(() => void this.beat(), heartbeatMs);
    this.heart.unref();
  }

  /** Finishes the batches in hand, gives the jobs back and closes the connections. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.pause.close();
    await this.loop;
    await Promise.allSettled(this.running.keys());
    clearInterval(this.heart);
    await Promise.all([this.session?.end({ timeout: 1 }), this.listener?.end({ timeout: 1 })]);
  }

  private async run(): Promise<void> {
    let failures = 0;
    while (!this.stopping.signal.aborted) {
      try {
        await this.connect();
        this.pause.listen();
        while (this.running.size < (this.options.slots ?? 4)) {
          const claim = await claimJob(this.options.db, this.owner, this.options.limitOf);
          if (!claim) break;
          this.work(claim);
        }
        failures = 0;
        await this.pause.wait(pollMs);
      } catch (error) {
        failures++;
        log.warn(error, "job queue not readable; trying again", { failures });
        await this.pause.wait(Math.min(200 * 2 ** Math.min(failures, 10), 10_000));
      }
    }
  }

  private work(claim: JobClaim): void {
    const interruption = new AbortController();
    const signal = AbortSignal.any([this.stopping.signal, interruption.signal]);
    const done = runJob(this.options, claim, signal)
      .then(() => (signal.aborted ? releaseJob(this.options.db, claim) : undefined))
      .catch((error: unknown) => {
        // The lease ends by itself, and a worker goes on from the last recorded batch.
        const level = error instanceof LeaseLostError ? "info" : "error";
        if (level === "info") log.info("job taken over by another worker", { jobId: claim.jobId });
        else log.error(error, "job interrupted", { jobId: claim.jobId });
      })
      .finally(() => {
        this.running.delete(done);
        this.pause.wake();
      });
    this.running.set(done, { tenantId: claim.tenantId, interruption });
  }

  /** Takes the advisory lock and listens. A connection that was lost is made anew by `beat`. */
  private async connect(): Promise<void> {
    if (!this.session) {
      const session = this.open("axion-job-worker");
      await session`SELECT pg_advisory_lock(${this.owner.toString()}::bigint)`;
      this.session = session;
    }
    if (!this.listener) {
      const listener = this.open("axion-job-listener");
      await listener.listen(jobChannel, () => this.pause.wake());
      this.listener = listener;
    }
  }

  /**
   * Shows that the worker lives: prolongs its leases, and takes the lock again after a lost connection. Jobs of
   * tenants that were suspended meanwhile are given back.
   */
  private async beat(): Promise<void> {
    try {
      if (this.session) {
        // On the session that should hold the lock; where it was reconnected, it does not, and takes it now.
        await this.session`
          SELECT pg_try_advisory_lock(${this.owner.toString()}::bigint) WHERE NOT EXISTS (
            SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND objsubid = 1
              AND ((classid::bigint << 32) | objid::bigint) = ${this.owner.toString()}::bigint)`;
      }
      if (this.running.size > 0) await renewLeases(this.options.db, this.owner);
      await this.interruptSuspended();
    } catch (error) {
      log.warn(error, "job worker cannot renew its leases", { jobs: this.running.size });
    }
  }

  /** Gives back the jobs of tenants that may run none any more. */
  private async interruptSuspended(): Promise<void> {
    for (const { tenantId, interruption } of this.running.values()) {
      if ((await this.options.limitOf(tenantId)) === 0) interruption.abort();
    }
  }

  private open(name: string): postgres.Sql {
    return postgres(this.options.connectionString, {
      max: 1,
      connect_timeout: 10,
      idle_timeout: 0,
      max_lifetime: null,
      onnotice: () => {},
      connection: { application_name: name },
    });
  }
}
