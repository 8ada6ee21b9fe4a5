import log from "encore.dev/log";
import { WakeableWait } from "../../../shared/concurrency/wakeable-wait.js";
import type { Db } from "../../db.js";
import type { WorkKind } from "../../schema.js";
import { claimWork, releaseWork, renewClaim, type WorkClaim, WorkLostError } from "./work-queue.js";

const pollMs = 1_000;
const heartbeatMs = 2_000;

/** How one kind of work is done. */
export interface WorkHandler {
  /** Pieces at the same time. */
  slots: number;
  /** `signal` aborts with "cancelled" where a person gave it up, else where the process stops or the claim is lost. */
  run: (claim: WorkClaim, signal: AbortSignal) => Promise<void>;
}

interface RunningWork {
  claim: WorkClaim;
  interruption: AbortController;
}

export interface WorkerOptions {
  db: Db;
  /** Name of this machine. */
  host: string;
  handlers: Partial<Record<WorkKind, WorkHandler>>;
}

/**
 * Does what waits in the work queue. While it lives it prolongs its claims; where it dies, another worker, or this one
 * after a restart, takes the work over when the lease has ended.
 */
export class Worker {
  private readonly running = new Map<Promise<void>, RunningWork>();
  private readonly pause = new WakeableWait();
  private readonly heart: NodeJS.Timeout;
  private stopped = false;
  private readonly loop: Promise<void>;

  constructor(private readonly options: WorkerOptions) {
    this.heart = setInterval(() => void this.beat(), heartbeatMs);
    this.heart.unref();
    this.loop = this.claimAll();
  }

  /** Looks for work now. */
  wake(): void {
    this.pause.wake();
  }

  /** Gives up what it does, for another worker to go on with. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.heart);
    for (const { interruption } of this.running.values()) interruption.abort("stopped");
    this.pause.close();
    await this.loop;
    await Promise.allSettled(this.running.keys());
  }

  private async claimAll(): Promise<void> {
    for (let failures = 0; !this.stopped; ) {
      try {
        this.pause.listen();
        for (let claim = await this.claim(); claim !== undefined; claim = await this.claim())
          this.work(claim);
        failures = 0;
        await this.pause.wait(pollMs);
      } catch (error) {
        failures++;
        if (failures > 5) log.warn(error, "work queue not readable; trying again", { failures });
        await this.pause.wait(Math.min(200 * 2 ** Math.min(failures, 10), 10_000));
      }
    }
  }

  private async claim(): Promise<WorkClaim | undefined> {
    const { db, host, handlers } = this.options;
    const busy = [...this.running.values()].map(({ claim }) => claim.kind);
    const kinds = (Object.keys(handlers) as WorkKind[]).filter(
      (kind) => busy.filter((each) => each === kind).length < (handlers[kind]?.slots ?? 0),
    );
    return kinds.length === 0 || this.stopped ? undefined : await claimWork(db, { kinds, host });
  }

  private work(claim: WorkClaim): void {
    const interruption = new AbortController();
    const { kind, id } = claim;
    const done = this.options.handlers[kind]!.run(claim, interruption.signal)
      .catch(async (error: unknown) => {
        if (error instanceof WorkLostError || this.stopped) {
          log.info("work left to another worker", { kind, id });
        } else {
          log.error(error, "work interrupted; it is tried again", { kind, id });
          return;
        }
        if (this.stopped) await releaseWork(this.options.db, claim);
      })
      .catch((error: unknown) => log.warn(error, "work was not given back; its lease ends", { kind, id }))
      .finally(() => {
        this.running.delete(done);
        this.pause.wake();
      });
    this.running.set(done, { claim, interruption });
  }

  private async beat(): Promise<void> {
    for (const { claim, interruption } of this.running.values()) {
      try {
        const { held, cancelled } = await renewClaim(this.options.db, claim);
        if (!held) interruption.abort("lost");
        else if (cancelled) interruption.abort("cancelled");
      } catch (error) {
        log.warn(error, "a claim was not prolonged", { kind: claim.kind, id: claim.id });
      }
    }
  }
}
