import { setTimeout as delay } from "node:timers/promises";
import { backoffMs, type DeliveredMessage, type ProviderLog, type SubscriptionOptions } from "../provider.js";
import { KafkaDelivery, type KafkaMessage } from "./delivery.js";
import { PartitionOffsets } from "./offsets.js";
import type { Slots } from "./slots.js";

export interface TopicConsumerContext {
  /** Handlers that may run in this process. */
  slots: Slots;
  log: ProviderLog;
  /** Keeps a message that was given up; rejects where the brokers do not take it. */
  bury(message: DeliveredMessage, key: string | undefined, subscription: SubscriptionOptions): Promise<void>;
  /** Something ended: there may be more to commit. */
  progressed(): void;
}

/** Where messages come from. What it has to read it says with an event. */
export interface MessageStream {
  read(): KafkaMessage | null;
  on(event: "readable", listener: () => void): unknown;
}

/**
 * Handles the messages of one topic for the subscriptions of one service. Messages of one key and subscription are
 * handled one after the other, in the order of the log; a failing one holds its key until it is handled or given up.
 */
export class TopicConsumer {
  private readonly partitions = new Map<number, PartitionOffsets>();
  /** Undefined until it is known. */
  private assigned: ReadonlySet<number> | undefined;
  private readonly lanes = new Map<string, Promise<boolean>>();
  private readonly stopping = new AbortController();
  private readonly drained = Promise.withResolvers<void>();
  private stream: MessageStream | undefined;
  private inHand = 0;
  private readonly limit: number;

  constructor(
    readonly topic: string,
    private readonly subscriptions: SubscriptionOptions[],
    private readonly context: TopicConsumerContext,
  ) {
    this.limit = Math.min(...subscriptions.map((each) => each.concurrency));
  }

  /** Handles what the stream fetches. It fetches more only once all of that was taken, and there is room. */
  readFrom(stream: MessageStream): void {
    this.stream = stream;
    stream.on("readable", () => this.read());
  }

  private read(): void {
    while (this.inHand < this.limit && !this.stopping.signal.aborted) {
      const message = this.stream?.read();
      if (!message) return;
      this.take(message);
    }
  }

  /** Takes a message, unless it is in hand or handled already. */
  private take(message: KafkaMessage): void {
    const offsets = this.offsetsOf(message.partition);
    if (!offsets.begin(message.offset)) return;
    this.inHand++;
    void this.handleForAll(message, offsets);
  }

  private offsetsOf(partition: number): PartitionOffsets {
    const known = this.partitions.get(partition);
    if (known) return known;
    const offsets = new PartitionOffsets();
    // Fetched before the partition moved to another process, which says how far it is.
    if (this.assigned?.has(partition) !== false) this.partitions.set(partition, offsets);
    return offsets;
  }

  /** The partitions of this process. What is still in hand of others is handled by those that they moved to, too. */
  keep(assigned: ReadonlySet<number>): void {
    this.assigned = assigned;
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
    if (this.inHand > 0) await this.drained.promise;
  }

  private async handleForAll(message: KafkaMessage, offsets: PartitionOffsets): Promise<void> {
    const turns = this.subscriptions.map((each) =>
      message.key ? this.enqueue(message, each) : this.handle(message, each),
    );
    let over = true;
    for (const turn of turns) over = (await turn) && over;
    this.inHand--;
    if (over) offsets.end(message.offset);
    if (this.inHand === 0 && this.stopping.signal.aborted) this.drained.resolve();
    this.context.progressed();
    this.read();
  }

  /** Handles a message once those before it in its lane are over. */
  private async enqueue(message: KafkaMessage, subscription: SubscriptionOptions): Promise<boolean> {
    const lane = `${subscription.name}\n${message.key}`;
    const before = this.lanes.get(lane);
    const turn = before
      ? before.then(() => this.handle(message, subscription))
      : this.handle(message, subscription);
    this.lanes.set(lane, turn);
    const over = await turn;
    if (this.lanes.get(lane) === turn) this.lanes.delete(lane);
    return over;
  }

  /** Tries until it is handled or buried, and says whether it is: not where the process stops before. */
  private async handle(message: KafkaMessage, subscription: SubscriptionOptions): Promise<boolean> {
    const { signal } = this.stopping;
    for (let attempt = 1; !signal.aborted; attempt++) {
      const delivered = new KafkaDelivery(message, attempt);
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
    const place = this.context.slots.take();
    if (place) await place;
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
