import { setTimeout as delay } from "node:timers/promises";
import type { Consumer } from "@platformatic/kafka";
import type { KafkaConfig } from "../../../runtime/host-config.js";
import type { SubscriptionOptions } from "../provider.js";
import { clientOptions } from "./connection.js";
import { shareTopics } from "./share-topics.js";
import { TopicConsumer, type TopicConsumerContext } from "./topic-consumer.js";

const COMMIT_DELAY_MS = 20;
const CLOSE_ATTEMPTS = 10;
const CLOSE_DELAY_MS = 500;
const SESSION_TIMEOUT_MS = 10_000;
const HEARTBEAT_MS = 1_000;
const MAX_WAIT_MS = 250;
const MAX_RECONNECT_MS = 5_000;
/** The protocol in which members keep what need not move. Who gets what, `shareTopics` says. */
const ASSIGNOR = { name: "cooperative-sticky", version: 1 };

type KafkaConsumer = Consumer<string, string, string, string>;
type Stream = Awaited<ReturnType<KafkaConsumer["consume"]>>;

/**
 * The consumer group of one service, as this process takes part in it: one member, one stream a topic. An offset is
 * committed only after every message before it was handled. Where the brokers are lost it joins again.
 */
export class ServiceGroup {
  private readonly subscriptions: SubscriptionOptions[] = [];
  private topics: TopicConsumer[] = [];
  private streams = new Map<string, Stream>();
  private consumer: KafkaConsumer | undefined;
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private failed = Promise.withResolvers<unknown>();
  private committing: Promise<void> | undefined;
  private committed = new Map<string, bigint>();

  constructor(
    private readonly service: string,
    private readonly config: KafkaConfig,
    private readonly context: Omit<TopicConsumerContext, "progressed">,
  ) {}

  /** Adds a subscription; the group is joined once all those made in the same breath are there. */
  add(subscription: SubscriptionOptions): void {
    this.subscriptions.push(subscription);
    if (this.running === undefined) this.running = this.run();
    else this.failed.resolve(undefined);
  }

  /** Takes no more, waits for the running handlers, commits, and leaves the group. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.failed.resolve(undefined);
    await this.running;
  }

  private async run(): Promise<void> {
    await delay(0);
    for (let failures = 0; !this.stopping.signal.aborted; failures++) {
      this.failed = Promise.withResolvers<unknown>();
      try {
        await this.join();
        failures = 0;
        const error = await this.failed.promise;
        if (error !== undefined) throw error;
      } catch (error) {
        this.context.log("warn", "Kafka consumer lost; joining again", { group: this.service }, error);
        const wait = Math.min(MAX_RECONNECT_MS, 100 * 2 ** failures);
        await this.leave();
        await delay(wait, undefined, { signal: this.stopping.signal }).catch(() => {});
        continue;
      }
      await this.leave();
    }
  }

  private async join(): Promise<void> {
    const kafka = await import("@platformatic/kafka");
    const consumer: KafkaConsumer = new kafka.Consumer({
      ...clientOptions(this.config),
      groupId: this.service,
      deserializers: kafka.stringDeserializers,
      autocommit: false,
      protocols: [ASSIGNOR],
      partitionAssigner: shareTopics,
      sessionTimeout: SESSION_TIMEOUT_MS,
      rebalanceTimeout: SESSION_TIMEOUT_MS,
      heartbeatInterval: HEARTBEAT_MS,
      maxWaitTime: MAX_WAIT_MS,
      minBytes: 1,
    });
    this.consumer = consumer;
    const { failed } = this;
    // Such an error belongs to no call: the group is lost for good, e.g. while the brokers are away.
    consumer.on("error", (error) => failed.resolve(error));
    this.committed.clear();
    consumer.on("consumer:group:join", () => this.assigned(consumer));
    // Partitions may move now: whoever gets them goes on behind what has ended here. What is in hand is handled there again.
    consumer.on("consumer:group:rebalance", () => void this.tryCommit());
    const byTopic = Map.groupBy(this.subscriptions, (each) => each.topic);
    this.topics = [...byTopic].map(
      ([topic, subscriptions]) =>
        new TopicConsumer(topic, subscriptions, { ...this.context, progressed: () => this.progressed() }),
    );
    await consumer.topics.trackAll(...byTopic.keys());
    for (const topic of this.topics) {
      const stream = await consumer.consume({
        topics: [topic.topic],
        mode: kafka.MessagesStreamModes.COMMITTED,
        fallbackMode: kafka.MessagesStreamFallbackModes.EARLIEST,
        highWaterMark: 1,
      });
      this.streams.set(topic.topic, stream);
      stream.on("error", (error) => this.failed.resolve(error));
      topic.readFrom(stream);
    }
  }

  private assigned(consumer: KafkaConsumer): void {
    for (const topic of this.topics) {
      const mine = consumer.assignments?.find((each) => each.topic === topic.topic)?.partitions ?? [];
      topic.keep(new Set(mine));
    }
    this.committed.clear();
  }

  private progressed(): void {
    this.committing ??= this.commitSoon();
  }

  private async commitSoon(): Promise<void> {
    await delay(COMMIT_DELAY_MS);
    await this.tryCommit();
    this.committing = undefined;
  }

  /** What cannot be committed is delivered again, here or elsewhere; the next commit covers it. */
  private async tryCommit(): Promise<void> {
    try {
      await this.commit();
    } catch (error) {
      this.context.log("warn", "offsets could not be committed", { group: this.service }, error);
    }
  }

  private async commit(): Promise<void> {
    const offsets = this.topics.flatMap((topic) =>
      [...topic.committable()]
        .filter(([partition, offset]) => this.committed.get(`${topic.topic}/${partition}`) !== offset)
        .map(([partition, offset]) => ({ topic: topic.topic, partition, offset, leaderEpoch: -1 })),
    );
    if (offsets.length === 0 || !this.consumer) return;
    await this.consumer.commit({ offsets });
    for (const { topic, partition, offset } of offsets) this.committed.set(`${topic}/${partition}`, offset);
  }

  private async leave(): Promise<void> {
    const { consumer } = this;
    for (const stream of this.streams.values()) stream.pause();
    await Promise.all(this.topics.map((topic) => topic.stop()));
    await this.committing;
    await this.tryCommit();
    this.streams.clear();
    this.consumer = undefined;
    if (consumer !== undefined) await this.close(consumer);
  }

  /** Tries again where it fails: a consumer that stays open remains a member, and keeps partitions that it no longer reads. */
  private async close(consumer: KafkaConsumer): Promise<void> {
    for (let attempt = 1; attempt <= CLOSE_ATTEMPTS; attempt++) {
      try {
        await consumer.close(true);
        return;
      } catch (error) {
        this.context.log("warn", "Kafka group could not be left", { group: this.service, attempt }, error);
        if (attempt < CLOSE_ATTEMPTS) await delay(CLOSE_DELAY_MS);
      }
    }
  }
}
