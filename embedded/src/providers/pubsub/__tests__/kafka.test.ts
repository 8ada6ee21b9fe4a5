import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { KafkaConfig, TlsConfig } from "../../../runtime/host-config.js";
import { KafkaPubSub } from "../kafka/kafka-provider.js";
import { prepareKafka } from "../kafka/prepare.js";
import type { Consumer, DeliveredMessage, SubscriptionOptions } from "../provider.js";
import { KafkaBroker, kafkaJars } from "./kafka-broker.js";
import { eventually, type Logged } from "./test-broker.js";

let broker: KafkaBroker;

class KafkaApp {
  readonly logged: Logged[] = [];
  readonly topic = `t-${randomUUID()}`;
  readonly service = `s-${randomUUID()}`;
  private readonly providers: KafkaPubSub[] = [];
  private readonly consumers: Consumer[] = [];

  private constructor(private readonly config: KafkaConfig) {}

  static async start(settings: Partial<KafkaConfig> = {}): Promise<KafkaApp> {
    const config: KafkaConfig = {
      provider: "kafka",
      brokers: [broker.address],
      clientId: "test",
      partitions: 3,
      replicas: 1,
      maxConcurrentHandlers: 10,
      ...settings,
    };
    const app = new KafkaApp(config);
    await app.prepare(config.partitions);
    return app;
  }

  async prepare(partitions: number): Promise<void> {
    await prepareKafka(
      { ...this.config, partitions },
      { topics: [{ name: this.topic }], subscriptions: [{ service: this.service }] },
    );
  }

  process(): KafkaPubSub {
    const provider = new KafkaPubSub(this.config, (level, message, fields) => {
      this.logged.push({ level, message, fields });
    });
    this.providers.push(provider);
    return provider;
  }

  async publish(provider: KafkaPubSub, value: unknown, orderingKey?: string): Promise<void> {
    await provider.publish({
      id: randomUUID(),
      topic: this.topic,
      body: JSON.stringify(value),
      attributes: { correlationId: "c-1", tenantId: "t-1" },
      headers: { traceparent: "00-1" },
      ...(orderingKey === undefined ? {} : { orderingKey }),
    });
  }

  subscribe(
    provider: KafkaPubSub,
    handle: (value: unknown, message: DeliveredMessage) => Promise<void>,
    options: Partial<SubscriptionOptions> = {},
  ): Consumer {
    const consumer = provider.subscribe({
      topic: this.topic,
      name: "one",
      service: this.service,
      concurrency: 10,
      ackDeadlineMs: 30_000,
      retry: { minBackoffMs: 10, maxBackoffMs: 20, maxRetries: 3 },
      handle: (message) => handle(JSON.parse(message.body), message),
      ...options,
    });
    this.consumers.push(consumer);
    return consumer;
  }

  async close(): Promise<void> {
    await Promise.all(this.consumers.map((each) => each.stop()));
    await Promise.all(this.providers.map((each) => each.close()));
  }
}

describe.skipIf(kafkaJars === undefined)("Pub/Sub on Kafka", { timeout: 60_000 }, () => {
  let app: KafkaApp;

  beforeAll(async () => {
    broker = await KafkaBroker.start();
  }, 120_000);

  afterAll(async () => {
    await broker.remove();
  });

  afterEach(async () => {
    await app.close();
  });

  it("delivers with the id, attributes and headers of the message", async () => {
    app = await KafkaApp.start();
    const provider = app.process();
    const got: DeliveredMessage[] = [];
    app.subscribe(provider, async (_, message) => void got.push(message));
    await app.publish(provider, { n: 1 }, "k");
    await eventually(() => expect(got).toHaveLength(1), 20_000);
    expect(got[0]).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f]{64}$/),
      body: '{"n":1}',
      attempt: 1,
      attributes: { correlationId: "c-1", tenantId: "t-1" },
      headers: { traceparent: "00-1", "x-correlation-id": "c-1" },
    });
    expect(Math.abs(Date.now() - got[0]!.publishedAt.getTime())).toBeLessThan(30_000);
  });

  it("keeps the order of each key, with handlers of other keys beside", async () => {
    app = await KafkaApp.start();
    const provider = app.process();
    const seen = new Map<string, number[]>();
    app.subscribe(provider, async (value) => {
      const { key, n } = value as { key: string; n: number };
      await new Promise((resolve) => setTimeout(resolve, (n * 7) % 5));
      seen.set(key, [...(seen.get(key) ?? []), n]);
    });
    const sent = Array.from({ length: 300 }, (_, n) => ({ key: `k${n % 10}`, n }));
    await Promise.all(sent.map((each) => app.publish(provider, each, each.key)));
    await eventually(() => expect([...seen.values()].flat()).toHaveLength(300), 30_000);
    for (const numbers of seen.values()) expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  });

  it("tries a failing message again and keeps it as a dead letter in the end, while others go on", async () => {
    app = await KafkaApp.start();
    const provider = app.process();
    const attempts: number[] = [];
    const handled: unknown[] = [];
    app.subscribe(provider, async (value, message) => {
      if (value === "poison") {
        attempts.push(message.attempt);
        throw new Error("no");
      }
      handled.push(value);
    });
    await app.publish(provider, "poison", "a");
    await app.publish(provider, "after", "a");
    await app.publish(provider, "beside", "b");
    await eventually(() => expect(handled).toHaveLength(2), 20_000);
    expect(attempts).toEqual([1, 2, 3, 4]);
    expect(app.logged.map((each) => each.message)).toContain("message given up: kept as a dead letter");
    const dead: DeliveredMessage[] = [];
    app.subscribe(app.process(), async (_, message) => void dead.push(message), {
      topic: `${app.service}-undelivered`,
      service: `${app.service}-reader`,
    });
    await eventually(() => expect(dead.map((each) => each.body)).toEqual(['"poison"']), 20_000);
    expect(dead[0]?.headers).toMatchObject({
      "x-dead-letter-topic": app.topic,
      "x-dead-letter-subscription": "one",
    });
  });

  it("runs no more handlers than the process has slots", async () => {
    app = await KafkaApp.start({ maxConcurrentHandlers: 2 });
    const provider = app.process();
    let running = 0;
    let most = 0;
    let handled = 0;
    app.subscribe(provider, async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running--;
      handled++;
    });
    await Promise.all(Array.from({ length: 60 }, (_, n) => app.publish(provider, n, `k${n}`)));
    await eventually(() => expect(handled).toBe(60), 30_000);
    expect(most).toBe(2);
  });

  it("goes on where a stopped process left off, with nothing handled twice", async () => {
    app = await KafkaApp.start();
    const first = app.process();
    const handled: unknown[] = [];
    const consumer = app.subscribe(first, async (value) => void handled.push(value));
    for (let n = 0; n < 20; n++) await app.publish(first, n, `k${n}`);
    await eventually(() => expect(handled.length).toBeGreaterThan(0), 20_000);
    await consumer.stop();
    for (let n = 20; n < 40; n++) await app.publish(first, n, `k${n}`);
    app.subscribe(app.process(), async (value) => void handled.push(value));
    await eventually(() => expect(new Set(handled).size).toBe(40), 30_000);
    expect(handled).toHaveLength(40);
  });

  it("shares the partitions among the processes of a service, and moves them when one leaves", async () => {
    app = await KafkaApp.start({ partitions: 6 });
    const publisher = app.process();
    const by = [new Set<unknown>(), new Set<unknown>()];
    const consumers = by.map((seen) =>
      app.subscribe(app.process(), async (value) => {
        seen.add(value);
      }),
    );
    let sent = 0;
    await eventually(async () => {
      for (let n = 0; n < 12; n++) await app.publish(publisher, sent, `k${sent++}`);
      expect(by.every((seen) => seen.size > 0)).toBe(true);
    }, 30_000);
    await consumers[0]!.stop();
    for (let n = 0; n < 30; n++) await app.publish(publisher, sent, `k${sent++}`);
    await eventually(() => expect(new Set([...by[0]!, ...by[1]!]).size).toBe(sent), 30_000);
  });

  it("adds partitions to a topic that has fewer", async () => {
    app = await KafkaApp.start({ partitions: 2 });
    await app.prepare(5);
    const provider = app.process();
    const handled = new Set<unknown>();
    app.subscribe(provider, async (value) => void handled.add(value));
    for (let n = 0; n < 50; n++) await app.publish(provider, n, `k${n}`);
    await eventually(() => expect(handled.size).toBe(50), 30_000);
  });
});

describe.skipIf(kafkaJars === undefined)("Kafka with TLS and passwords", { timeout: 60_000 }, () => {
  const user = { username: "axion", password: "kafka-test-password" };
  let secured: KafkaBroker;
  let tls: TlsConfig;

  beforeAll(async () => {
    secured = await KafkaBroker.start(user);
    tls = { ca: await secured.certificate(), verify: true, verifyHost: true };
  }, 120_000);

  afterAll(async () => {
    await secured.remove();
  });

  const start = (settings: Partial<KafkaConfig>) =>
    KafkaApp.start({ brokers: [secured.address], ...settings });

  it("publishes and delivers", async () => {
    const app = await start({ tls, sasl: { mechanism: "SCRAM-SHA-512", ...user } });
    const provider = app.process();
    const got: unknown[] = [];
    app.subscribe(provider, async (value) => void got.push(value));
    await app.publish(provider, "sealed", "k");
    await eventually(() => expect(got).toEqual(["sealed"]), 20_000);
    await app.close();
  });

  it("is refused with a wrong password, and refuses a certificate that nobody vouches for", async () => {
    const sasl = { mechanism: "SCRAM-SHA-512" as const, ...user };
    await expect(start({ tls, sasl: { ...sasl, password: "wrong" } })).rejects.toThrow();
    await expect(start({ tls: { verify: true, verifyHost: true }, sasl })).rejects.toThrow();
  });
});
