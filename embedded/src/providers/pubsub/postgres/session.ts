import { setTimeout as delay } from "node:timers/promises";
import postgres from "postgres";
import type { ProviderLog } from "../provider.js";
import { STEADY_PLANS } from "./connections.js";
import { CHANNEL, SCHEMA } from "./schema.js";

/** How often a worker looks for dead workers, and for messages it was not told of. */
const TICK_MS = 2_000;
const TICK_TIMEOUT_MS = 10_000;
const PURGE_EVERY_MS = 60 * 60 * 1000;
const MAX_RECONNECT_MS = 5_000;
const WARN_EVERY_FAILURES = 10;
/** A machine that vanished without closing its connection is noticed by the server in 3 + 3 × 1 s. */
const KEEPALIVE = { tcp_keepalives_idle: 3, tcp_keepalives_interval: 1, tcp_keepalives_count: 3 };

export interface SessionEvents {
  /** The session is there, with this worker id; on reconnection messages in hand have moved to the new id. */
  connected(worker: number): void;
  /** The session is lost: others may take over the messages in hand. */
  lost(): void;
  /** Another worker published messages for these subscriptions. */
  published(subscriptions: number[]): void;
  /** Messages of a subscription are ready now, or will be in so many milliseconds. */
  due(subscription: number, inMs: number): void;
  /** Asked every two seconds: the subscriptions this worker serves. */
  subscriptions(): number[];
}

/**
 * The connection that says that this worker lives (it holds the worker's
 * advisory lock), hears of new messages, and finds the messages of dead workers.
 */
export class Session {
  private sql: postgres.Sql | undefined;
  private worker: number | undefined;
  private stopped = false;
  private readonly timers = new AbortController();
  private purgedAt = Number.NEGATIVE_INFINITY;
  private running: Promise<void> | undefined;

  constructor(
    private readonly connectionString: string,
    private readonly events: SessionEvents,
    private readonly log: ProviderLog,
  ) {}

  /** Connects, and stays connected until stopped. */
  start(): void {
    this.running ??= this.run();
  }

  /** Ends the session; messages still in hand go to other workers. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.timers.abort();
    await this.sql?.end({ timeout: 1 });
    await this.running;
  }

  private async run(): Promise<void> {
    for (let failures = 0; !this.stopped; failures++) {
      try {
        await this.live(() => {
          failures = 0;
        });
      } catch (error) {
        if (this.stopped) return;
        if (failures % WARN_EVERY_FAILURES === 0) {
          this.log("warn", "no connection to the Pub/Sub database; connecting again", {}, error);
        }
      }
      this.events.lost();
      await this.wait(Math.min(MAX_RECONNECT_MS, 50 * 2 ** failures));
    }
  }

  /** One connection, from registration to its end. */
  private async live(connected: () => void): Promise<void> {
    const lost = Promise.withResolvers<never>();
    lost.promise.catch(() => undefined); // awaited in the race below
    const sql = postgres(this.connectionString, {
      max: 1,
      idle_timeout: 0,
      max_lifetime: null,
      connect_timeout: 10,
      fetch_types: false,
      onnotice: () => {},
      onnotify: (_channel: string, payload: string) => this.notified(payload),
      onclose: () => lost.reject(new Error("connection closed")),
      connection: { application_name: "axion-pubsub-session", ...STEADY_PLANS, ...KEEPALIVE },
    } as postgres.Options<Record<string, never>>);
    this.sql = sql;
    try {
      const [row] = await sql<{ register: number }[]>`
        select ${sql(SCHEMA)}.register(${this.worker ?? null}::int)`;
      await sql`listen ${sql(CHANNEL)}`;
      this.worker = row!.register;
      connected();
      this.events.connected(this.worker);
      while (!this.stopped) {
        const overdue = setTimeout(
          () => lost.reject(new Error("no answer from the server")),
          TICK_TIMEOUT_MS,
        );
        await Promise.race([this.tick(sql, this.worker), lost.promise]).finally(() => clearTimeout(overdue));
        await Promise.race([this.wait(TICK_MS * (0.9 + 0.2 * Math.random())), lost.promise]);
      }
    } finally {
      await sql.end({ timeout: 0 });
    }
  }

  private async tick(sql: postgres.Sql, worker: number): Promise<void> {
    const subscriptions = `{${this.events.subscriptions().join(",")}}`;
    const rows = await sql<{ subscription: number; due_ms: number }[]>`
      select * from ${sql(SCHEMA)}.tick(${worker}, ${subscriptions}::int[])`;
    for (const row of rows) this.events.due(row.subscription, row.due_ms);
    if (performance.now() - this.purgedAt < PURGE_EVERY_MS) return;
    this.purgedAt = performance.now();
    const [purged] = await sql<{ purge: string }[]>`select ${sql(SCHEMA)}.purge()`;
    if (purged && purged.purge !== "0") {
      this.log("warn", "undelivered messages passed their retention and were removed", {
        count: purged.purge,
      });
    }
  }

  private notified(payload: string): void {
    const [publisher, subscriptions = ""] = payload.split(":");
    if (publisher !== String(this.worker)) this.events.published(subscriptions.split(",").map(Number));
  }

  private async wait(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.timers.signal, ref: false }).catch(() => undefined); // stopped
  }
}
