import { setTimeout as delay } from "node:timers/promises";
import {
  backoffMs,
  type Consumer,
  type DeliveredMessage,
  type ProviderLog,
  type SubscriptionOptions,
} from "../provider.js";
import type { Connections } from "./connections.js";
import { Floods } from "./floods.js";
import { Outcomes } from "./outcomes.js";
import { SCHEMA } from "./schema.js";
import type { TenantActivity } from "./tenant-activity.js";
import { numberArray, textArray } from "./text-array.js";

/** Messages of one key taken at most beyond its first, to be handled one after the other. */
const FOLLOWERS = 20;
/** A slot begins no further message of its key after so long: what others have waiting has its turn. */
const TURN_MS = 250;
/** The same while several tenants are active. */
const SHARED_TURN_MS = 20;
/** A message whose process ended this often while handling it is taken for the cause, and buried. */
const MAX_LOST_DELIVERIES = 20;
const MAX_RETRY_STEP_MS = 5_000;
const MAX_TIMER_MS = 2 ** 31 - 1;
const MAX_ERROR_LENGTH = 4_000;

interface Row {
  id: string;
  message_id: string;
  body: string;
  attributes: string;
  headers: string;
  ordering_key: string | null;
  /** Empty where the message is of none. */
  tenant: string;
  attempt: number;
  failures: number;
  published_at: Date;
}

export interface ConsumerContext {
  connections: Connections;
  log: ProviderLog;
  /** The worker id while the session is alive. */
  worker(): number | undefined;
  /** Of all subscriptions of this process. */
  tenants: TenantActivity;
}

/**
 * Delivers one subscription in this process. One statement at a time records the
 * outcomes collected so far and takes as many messages as there are free slots;
 * a slot holds one message, or several of one ordering key in a row. Tenants
 * take turns, and a quarter of the slots is kept from any one of them; half of
 * them while several are active, and then a flood is only taken from now and then.
 */
export class PostgresConsumer implements Consumer {
  /** Known once connected. */
  id: number | undefined;
  private free: number;
  /** Slots that are kept from any one tenant. */
  private readonly quarter: number;
  /** Slots that a tenant has beside others. */
  private readonly share: number;
  private readonly floods = new Floods();
  private readonly slotsOf = new Map<string, number>();
  /** The last tenant, in their order, that a claim gave something of. */
  private after = "";
  /** What a message took of late, in milliseconds: how many of one key are worth taking together. */
  private usualMs = 1;
  private outcomes = new Outcomes();
  /** Messages in hand, with the time their handler started. */
  private readonly held = new Map<string, { messageId: string; startedAt?: number; warned?: boolean }>();
  private mayBeMore = true;
  private unsure = false;
  private stepping = false;
  private advancing: NodeJS.Immediate | undefined;
  private stepFailures = 0;
  private timer: NodeJS.Timeout | undefined;
  private timerAt = Number.POSITIVE_INFINITY;
  private idle: PromiseWithResolvers<void> | undefined;

  constructor(
    readonly options: SubscriptionOptions,
    private readonly context: ConsumerContext,
  ) {
    this.free = options.concurrency;
    this.quarter = Math.floor(options.concurrency / 4);
    this.share = Math.min(options.concurrency, Math.max(2, Math.ceil(options.concurrency / 2)));
  }

  /** Slots that one tenant may have. */
  private get most(): number {
    return this.context.tenants.several ? this.share : this.options.concurrency - this.quarter;
  }

  private get turnMs(): number {
    return this.context.tenants.several ? SHARED_TURN_MS : TURN_MS;
  }

  /** The session is there (again): `id` is the subscription's in the database. */
  connected(id: number): void {
    this.id = id;
    this.unsure = true;
    this.wake();
  }

  /** There may be something to take, now or in a while. */
  wake(inMs = 0): void {
    if (inMs > 0) {
      this.wakeLater(inMs);
      return;
    }
    this.mayBeMore = true;
    this.advance();
  }

  stop(): Promise<void> {
    if (!this.idle) {
      this.idle = Promise.withResolvers<void>();
      clearTimeout(this.timer);
      this.advance();
    }
    return this.idle.promise;
  }

  /** Warns once of each handler that runs longer than the subscription's deadline. */
  warnOfSlowHandlers(): void {
    const now = performance.now();
    for (const entry of this.held.values()) {
      if (entry.warned || !entry.startedAt || now - entry.startedAt < this.options.ackDeadlineMs) continue;
      entry.warned = true;
      this.context.log("warn", "message handler runs longer than its ackDeadline", {
        ...this.names,
        message_id: entry.messageId,
      });
    }
  }

  private get names(): { topic: string; subscription: string } {
    return { topic: this.options.topic, subscription: this.options.name };
  }

  private wakeLater(inMs: number): void {
    const at = performance.now() + inMs;
    if (this.idle || at >= this.timerAt) return;
    clearTimeout(this.timer);
    this.timerAt = at;
    this.timer = setTimeout(
      () => {
        this.timerAt = Number.POSITIVE_INFINITY;
        this.wake();
      },
      Math.min(Math.ceil(inMs), MAX_TIMER_MS),
    ).unref();
  }

  /** Has the next step run if there is reason for one. Called after every change of state; what changes together is one step. */
  private advance(): void {
    this.advancing ??= setImmediate(() => {
      this.advancing = undefined;
      this.advanceNow();
    });
  }

  private advanceNow(): void {
    if (this.stepping) return;
    if (this.idle && this.held.size === 0 && this.outcomes.empty) this.idle.resolve();
    const worker = this.context.worker();
    if (worker === undefined || this.id === undefined) return;
    const want = this.idle ? 0 : this.free;
    if (this.outcomes.empty && !(this.mayBeMore && want > 0)) return;
    this.stepping = true;
    if (want > 0) this.mayBeMore = false;
    const outcomes = this.outcomes;
    this.outcomes = new Outcomes();
    void this.step(worker, this.id, outcomes, want)
      .then(
        (rows) => this.stepped(outcomes, rows, want),
        (error: unknown) => this.stepFailed(outcomes, error),
      )
      .finally(() => {
        this.stepping = false;
        this.advance();
      });
  }

  private async step(worker: number, id: number, outcomes: Outcomes, want: number): Promise<Row[]> {
    const { connections } = this.context;
    if (this.unsure) {
      this.unsure = false;
      const held = numberArray(this.held.keys());
      await connections.run(
        (sql) => sql`select ${sql(SCHEMA)}.return_unknown(${worker}, ${id}, ${held}::bigint[])`,
      );
    }
    const inHand = this.inHand();
    return connections.run(
      (sql) => sql<Row[]>`select * from ${sql(SCHEMA)}.step(
        ${worker}, ${id}, ${numberArray(outcomes.done)}::bigint[],
        ${numberArray(outcomes.retried.map((each) => each.id))}::bigint[],
        ${numberArray(outcomes.retried.map((each) => each.inMs))}::float8[],
        ${numberArray(outcomes.buried.map((each) => each.id))}::bigint[],
        ${textArray(outcomes.buried.map((each) => each.error))}::text[],
        ${numberArray(outcomes.returned)}::bigint[], ${textArray([...outcomes.keys])}::text[],
        ${want}, ${Math.min(FOLLOWERS, Math.floor(this.turnMs / this.usualMs))},
        ${this.most}, ${this.after}, ${textArray([...inHand.keys()])}::text[],
        ${numberArray(inHand.values())}::int[])`,
    );
  }

  /** Slots by tenant; a flood that has to wait is said to have all that it may have. */
  private inHand(): Map<string, number> {
    if (!this.context.tenants.several) this.floods.clear();
    const { waiting, turnInMs } = this.floods.now();
    if (waiting.length === 0) return this.slotsOf;
    this.wakeLater(turnInMs);
    return new Map([
      ...this.slotsOf,
      ...waiting.map((tenant) => [tenant, this.options.concurrency] as const),
    ]);
  }

  private stepped(outcomes: Outcomes, rows: Row[], want: number): void {
    this.stepFailures = 0;
    this.release(outcomes);
    for (const { inMs } of outcomes.retried) this.wakeLater(inMs);
    const lanes = new Map<string, Row[]>();
    for (const row of rows.sort((a, b) => Number(a.id) - Number(b.id))) {
      this.held.set(row.id, { messageId: row.message_id });
      const lane = row.ordering_key === null ? row.id : `key ${row.ordering_key}`;
      const waiting = lanes.get(lane);
      if (waiting) waiting.push(row);
      else lanes.set(lane, [row]);
    }
    const tenants = new Map(
      [...Map.groupBy(rows, (row) => row.tenant)].map(([tenant, { length }]) => [tenant, length]),
    );
    for (const [tenant, messages] of tenants) {
      this.context.tenants.seen(tenant);
      this.floods.took(tenant, messages);
    }
    // A claim looks at so much of each tenant: where there were several, some may have more.
    if (want > 0 && (lanes.size === want || tenants.size > 1)) this.mayBeMore = true;
    this.after = lastServed([...tenants.keys()], this.after);
    for (const lane of lanes.values()) void this.runLane(lane);
    for (const tenant of tenants.keys()) if (this.hasShare(tenant)) this.floods.saw(tenant);
  }

  /** The outcomes are recorded: the messages are out of hand. */
  private release(outcomes: Outcomes): void {
    for (const id of outcomes.done) this.held.delete(id);
    for (const { id } of outcomes.retried) this.held.delete(id);
    for (const { id } of outcomes.buried) this.held.delete(id);
    for (const id of outcomes.returned) this.held.delete(id);
  }

  /** What the server did is unknown: keep the outcomes, and give back what it may have handed out. */
  private async stepFailed(outcomes: Outcomes, error: unknown): Promise<void> {
    this.outcomes.add(outcomes);
    this.unsure = true;
    this.mayBeMore = true;
    if (this.stepFailures++ === 0)
      this.context.log("warn", "Pub/Sub step failed; trying again", this.names, error);
    await delay(Math.min(MAX_RETRY_STEP_MS, 50 * 2 ** this.stepFailures));
  }

  /** Handles messages of one key in a row; a failure leaves the rest for after the retry. */
  private async runLane(rows: Row[]): Promise<void> {
    const { tenant } = rows[0]!;
    this.takeSlot(tenant);
    const until = performance.now() + this.turnMs;
    let next = 0;
    for (let over = true; over && next < rows.length && !this.idle; next++) {
      if (next > 0 && performance.now() > until) break;
      over = await this.handle(rows[next]!);
      if (over && next < rows.length - 1) this.advance();
    }
    this.outcomes.returned.push(...rows.slice(next).map((row) => row.id));
    this.free++;
    this.giveSlot(tenant);
    this.advance();
  }

  /** Whether it has all that it may have beside others, which is no sign of a flood where that is every slot. */
  private hasShare(tenant: string): boolean {
    return this.share < this.options.concurrency && (this.slotsOf.get(tenant) ?? 0) >= this.share;
  }

  private takeSlot(tenant: string): void {
    this.free--;
    this.slotsOf.set(tenant, (this.slotsOf.get(tenant) ?? 0) + 1);
  }

  private giveSlot(tenant: string): void {
    const slots = this.slotsOf.get(tenant) ?? 0;
    if (slots > 1) this.slotsOf.set(tenant, slots - 1);
    else this.slotsOf.delete(tenant);
    // It may have had all that it might: what waits of it was left where it is.
    if (slots >= this.share) this.wake();
  }

  /** Says whether the message is over and done with: handled or buried. */
  private async handle(row: Row): Promise<boolean> {
    const { options } = this;
    if (row.attempt - row.failures > MAX_LOST_DELIVERIES) {
      this.bury(row, new Error(`given up: the process handling it ended ${MAX_LOST_DELIVERIES} times`));
      return true;
    }
    const entry = this.held.get(row.id);
    const startedAt = performance.now();
    if (entry) entry.startedAt = startedAt;
    try {
      await options.handle(toMessage(row));
    } catch (error) {
      const failures = row.failures + 1;
      if (failures > options.retry.maxRetries) {
        this.bury(row, error);
        return true;
      }
      this.outcomes.retried.push({ id: row.id, inMs: backoffMs(options.retry, failures) });
      return false;
    }
    this.usualMs += (performance.now() - startedAt - this.usualMs) / 8;
    this.outcomes.done.push(row.id);
    if (row.ordering_key !== null) this.outcomes.keys.add(row.ordering_key);
    return true;
  }

  private bury(row: Row, error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.outcomes.buried.push({ id: row.id, error: text.replaceAll("\0", "").slice(0, MAX_ERROR_LENGTH) });
    if (row.ordering_key !== null) this.outcomes.keys.add(row.ordering_key);
    this.context.log(
      "error",
      "message given up: kept as a dead letter",
      { ...this.names, message_id: row.message_id, attempt: row.attempt },
      error,
    );
  }
}

/** Tenants are served in their order, from the one after the last, and then from the first. */
function lastServed(tenants: string[], after: string): string {
  const sorted = tenants.sort();
  return sorted.filter((tenant) => tenant <= after).at(-1) ?? sorted.at(-1) ?? after;
}

function toMessage(row: Row): DeliveredMessage {
  return {
    id: row.message_id,
    body: row.body,
    attributes: JSON.parse(row.attributes) as Record<string, string>,
    headers: JSON.parse(row.headers) as Record<string, string>,
    publishedAt: row.published_at,
    attempt: row.attempt,
  };
}
