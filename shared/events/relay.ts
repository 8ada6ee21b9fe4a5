import log from "encore.dev/log";
import postgres from "postgres";
import { TenantPacing } from "../concurrency/tenant-pacing.js";
import { WakeableWait } from "../concurrency/wakeable-wait.js";
import { outboxChannel } from "./outbox.js";
import {
  type BatchOptions,
  type EventPublishers,
  planSettings,
  type RelayedBatch,
  relayBatch,
} from "./relay-batch.js";
import type { TopicName } from "./topics.js";

export interface RelayOptions<TName extends TopicName> {
  /** The database that holds the service's outbox. */
  connectionString: string;
  /** References to every topic the service writes to its outbox for, made inside the service. */
  publishers: EventPublishers<TName>;
  /** Rows a batch at most; 100 by default. */
  batchSize?: number;
  /** Ordering keys published at the same time; 50 by default. */
  concurrency?: number;
  /** A slower publish counts as failed; 15 s by default. */
  publishTimeoutMs?: number;
  /** How often the outbox is looked at without having been told of new rows; 2 s by default. */
  pollMs?: number;
}

/** A running relay. */
export interface OutboxRelay {
  /** Finishes the batch in hand, then closes the connections. */
  stop(): Promise<void>;
}

/**
 * Starts publishing a service's outbox in the background: woken by the notification that `addToOutbox` sends,
 * and by a slow poll beneath it. Any number of instances may run on one outbox. An unreachable database is tried
 * again with growing waits, up to 30 s.
 */
export function startOutboxRelay<TName extends TopicName>(options: RelayOptions<TName>): OutboxRelay {
  const relay = new Relay(options.connectionString, options.pollMs ?? 2_000, {
    publishers: options.publishers as BatchOptions["publishers"],
    batchSize: options.batchSize ?? 100,
    concurrency: options.concurrency ?? 50,
    publishTimeoutMs: options.publishTimeoutMs ?? 15_000,
  });
  return { stop: () => relay.stop() };
}

/** Rows of a batch while several tenants are active: what comes meanwhile waits for few of another tenant's. */
const sharedBatchSize = 5;
/** How many times as long as its part of a batch took a flood rests beside others. */
const restShare = 8;
/** Failures in a row before they are told of: a cut connection, or a server that stops with the app, is over sooner. */
const failuresWorthTelling = 5;

function earlier(one = Number.POSITIVE_INFINITY, other = Number.POSITIVE_INFINITY): number | undefined {
  const first = Math.min(one, other);
  return Number.isFinite(first) ? first : undefined;
}

class Relay {
  private readonly sql: postgres.Sql;
  private listener: postgres.Sql | undefined;
  private stopped = false;
  private afterTenant: string | undefined;
  private readonly pacing = new TenantPacing(restShare);
  private readonly pause = new WakeableWait();
  private readonly running: Promise<void>;

  constructor(
    private readonly connectionString: string,
    private readonly pollMs: number,
    private readonly batch: BatchOptions,
  ) {
    this.sql = this.connect({
      ...planSettings,
      // What a crash of the server takes from a batch is published again: nobody waits for its disk.
      synchronous_commit: "off",
    });
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.pause.close();
    await this.running;
    await Promise.all([this.sql.end({ timeout: 5 }), this.listener?.end({ timeout: 5 })]);
  }

  private async run(): Promise<void> {
    let databaseFailures = 0;
    let polled = false;
    while (!this.stopped) {
      try {
        if (this.listener === undefined) await this.listen();
        this.pause.listen();
        const { published, failed, retryInMs } = await this.nextBatch();
        databaseFailures = 0;
        for (const failure of failed) log.warn("event not published; trying again", failure);
        if (published > 0) {
          if (polled) await this.unlisten();
          polled = false;
        } else {
          const told = await this.pause.wait(Math.min(this.pollMs, retryInMs ?? this.pollMs));
          polled = !told && retryInMs === undefined;
        }
      } catch (error) {
        if (this.stopped) return;
        databaseFailures++;
        if (databaseFailures >= failuresWorthTelling) {
          log.warn(error, "outbox not readable; trying again", { failures: databaseFailures });
        }
        await this.unlisten();
        await this.pause.wait(Math.min(100 * 2 ** Math.min(databaseFailures, 20), 30_000));
      }
    }
  }

  /**
   * The next batch: of the tenants whose turn it is, and where these have nothing, of any. While several are active, one
   * that floods and filled its part of a batch rests, so that its flood leaves time to what follows from the others' events.
   */
  private async nextBatch(): Promise<RelayedBatch> {
    const { afterTenant, pacing } = this;
    const begun = performance.now();
    const { tenants: resting, endsInMs } = pacing.resting();
    const batchSize = pacing.several ? Math.min(sharedBatchSize, this.batch.batchSize) : this.batch.batchSize;
    const batch = await relayBatch(this.sql, { ...this.batch, batchSize, afterTenant, resting });
    this.afterTenant = batch.afterTenant;
    for (const [tenant, rows] of batch.tenants) {
      pacing.seen(tenant);
      const isFlood = pacing.isFlood(tenant, rows);
      if (isFlood && pacing.several && rows > 1 && rows >= batchSize / batch.tenants.size)
        pacing.rest(tenant, performance.now() - begun);
    }
    if (batch.published === 0 && batch.failed.length === 0 && afterTenant !== undefined)
      return await this.nextBatch();
    return { ...batch, retryInMs: earlier(batch.retryInMs, endsInMs) };
  }

  private async listen(): Promise<void> {
    const listener = this.connect();
    this.listener = listener;
    await listener.listen(outboxChannel, () => this.pause.wake());
  }

  /**
   * Drops the listening connection, so that the loop makes a new one: after an error, and when a poll finds rows
   * that no notification told of, which means that the old one is dead without knowing it.
   */
  private async unlisten(): Promise<void> {
    const listener = this.listener;
    this.listener = undefined;
    await listener?.end({ timeout: 1 });
  }

  private connect(settings: Record<string, string> = {}): postgres.Sql {
    return postgres(this.connectionString, {
      max: 1,
      connect_timeout: 10,
      onnotice: () => {},
      connection: { application_name: "axion-outbox-relay", ...settings },
    });
  }
}
