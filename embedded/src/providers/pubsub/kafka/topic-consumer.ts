import { hash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Message } from "@platformatic/kafka";
import { backoffMs, type DeliveredMessage, type ProviderLog, type SubscriptionOptions } from "../provider.js";
import { readHeaders } from "./headers.js";
import { PartitionOffsets } from "./offsets.js";
import type { Slots } from "./slots.js";

export type KafkaMessage = Message<string, string, string, string>;

export interface TopicConsumerContext {
  /** Handlers that may run in this process. */
  slots: Slots;
  log: ProviderLog;
  /** Keeps a message that was given up; rejects where the brokers do not take it. */
  bury(message: DeliveredMessage, key: string | undefined, subscription: SubscriptionOptions): Promise<void>;
  /** Something ended: there may be more to commit, and room for more. */
  progressed(): void;
}

/**
 * Handles the messages of one topic for the subscriptions of one service. Messages of one key and subscription are
 * handled one after the other, in the order of the log; a failing one holds its key until it is handled or given up.
 */
export class TopicConsumer {
  private readonly partitions = new Map<number, PartitionOffsets>();
  private readonly lanes = new Map<string, Promise<void>>();
  private readonly stopping = new AbortController();
  private inHand = 0;
  private readonly limit: number;

  constructor(
    readonly topic: string,
    private readonly subscriptions: SubscriptionOptions[],
    private readonly context: TopicConsumerContext,
  ) {
    this.limit = Math.min(...subscriptions.map((each) => each.concurrency));
  }

  /** No slot is free: nothing more should be fetched. */
  get full(): boolean {
    return this.inHand >= this.limit;
  }

  /** Takes a message, unless it is in hand or handled already. */
  take(message: KafkaMessage): void {
    let offsets = this.partitions.get(message.partition);
    if (!offsets) {
      offsets = new PartitionOffsets();
      this.partitions.set(message.partition, offsets);
    }
    if (this.stopping.signal.aborted || !offsets.begin(message.offset)) return;
    this.inHand++;
    void this.handleForAll(message, offsets);
  }

  /** Partitions that moved to another process: what is still in hand of them is handled there too. */
  keep(assigned: ReadonlySet<number>): void {
    for (const partition of this.partitions.keys()) {
      if (!assigned.has(partition)) this.partitions.delete(partition);
    }
  }

  /** The offset to commit, by partition. */
  committable(): Map<number, bigint> {
    const found = new Map<number, bigint>();
    for (const [partition, offsets] of this.partitions) {
      const offset = offsets.committable;
      if (offset !== undefined) found.set(partition, offset);
    }
    return found;
  }

  /** Waits for the handlers that run; what waits for its turn or its retry is left to the next process. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.lanes.values());
  }

  private async handleForAll(message: KafkaMessage, offsets: PartitionOffsets): Promise<void> {
    const over = await Promise.all(this.subscriptions.map((each) => this.enqueue(message, each)));
    this.inHand--;
    if (over.every(Boolean)) offsets.end(message.offset);
    this.context.progressed();
  }

  /** Puts a message at the end of its lane. Says whether it is over and done with: handled or buried. */
  private async enqueue(message: KafkaMessage, subscription: SubscriptionOptions): Promise<boolean> {
    const key = message.key ? `k${message.key}` : `o${message.partition}/${message.offset}`;
    const lane = `${subscription.name}\n${key}`;
    const turn = (this.lanes.get(lane) ?? Promise.resolve()).then(() => this.handle(message, subscription));
    const settled = turn.then(() => {});
    this.lanes.set(lane, settled);
    const over = await turn;
    if (this.lanes.get(lane) === settled) this.lanes.delete(lane);
    return over;
  }

  private async handle(message: KafkaMessage, subscription: SubscriptionOptions): Promise<boolean> {
    const { signal } = this.stopping;
    for (let attempt = 1; !signal.aborted; attempt++) {
      const delivered = toDelivered(message, attempt);
      const error = await this.attempt(delivered, subscription);
      if (error === undefined) return true;
      if (
        attempt > subscription.retry.maxRetries &&
        (await this.giveUp(message, delivered, subscription, error))
      )
        return true;
      await delay(backoffMs(subscription.retry, attempt), undefined, { signal }).catch(() => {});
    }
    return false;
  }

  /** One call of the handler, in a slot of the process. Answers what it failed with. */
  private async attempt(
    message: DeliveredMessage,
    subscription: SubscriptionOptions,
  ): Promise<Error | undefined> {
    await this.context.slots.take();
    const slow = setTimeout(() => {
      this.context.log("warn", "message handler runs longer than its ackDeadline", {
        ...names(subscription),
        message_id: message.id,
      });
    }, subscription.ackDeadlineMs).unref();
    try {
      if (this.stopping.signal.aborted) return new Error("stopping");
      await subscription.handle(message);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    } finally {
      clearTimeout(slow);
      this.context.slots.give();
    }
  }

  /** Buries the message; false where the brokers do not take it, so that it is tried again. */
  private async giveUp(
    message: KafkaMessage,
    delivered: DeliveredMessage,
    subscription: SubscriptionOptions,
    error: Error,
  ): Promise<boolean> {
    const fields = { ...names(subscription), message_id: delivered.id, attempt: delivered.attempt };
    try {
      await this.context.bury(delivered, message.key || undefined, subscription);
    } catch (cause) {
      this.context.log("error", "message could not be kept as a dead letter; trying again", fields, cause);
      return false;
    }
    this.context.log("error", "message given up: kept as a dead letter", fields, error);
    return true;
  }
}

function names({ topic, name }: SubscriptionOptions): { topic: string; subscription: string } {
  return { topic, subscription: name };
}

/** The message's id is the SHA-256 of its place in the log: each delivery of one message has it, and no other message. */
function toDelivered(message: KafkaMessage, attempt: number): DeliveredMessage {
  const id = hash("sha256", `${message.topic}/${message.partition}/${message.offset}`);
  return { id, ...readHeaders(message.headers, Number(message.timestamp)), body: message.value, attempt };
}
