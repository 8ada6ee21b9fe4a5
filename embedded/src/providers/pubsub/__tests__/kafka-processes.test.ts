import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { KafkaConfig } from "../../../runtime/host-config.js";
import { KafkaPubSub } from "../kafka/kafka-provider.js";
import { prepareKafka } from "../kafka/prepare.js";
import { KafkaBroker, kafkaJars } from "./kafka-broker.js";
import { eventually } from "./test-broker.js";
import { WorkerHandle } from "./worker-handle.js";

const KEYS = 50;

describe.skipIf(kafkaJars === undefined)("processes on Kafka", { timeout: 180_000 }, () => {
  let broker: KafkaBroker;
  let config: KafkaConfig;
  let publisher: KafkaPubSub;
  let topic: string;
  const workers: WorkerHandle[] = [];

  beforeAll(async () => {
    broker = await KafkaBroker.start();
    config = {
      provider: "kafka",
      brokers: [broker.address],
      clientId: "test",
      partitions: 6,
      replicas: 1,
      maxConcurrentHandlers: 10,
    };
    publisher = new KafkaPubSub(config, () => {});
  }, 120_000);

  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.end("SIGKILL")));
  });

  afterAll(async () => {
    await publisher.close();
    await broker.remove();
  });

  async function newTopic(): Promise<void> {
    topic = `t-${randomUUID()}`;
    await prepareKafka(config, { topics: [{ name: topic }], subscriptions: [] });
  }

  async function startWorker(handlerMs = 0): Promise<WorkerHandle> {
    const worker = await WorkerHandle.start({
      pubsub: config,
      topics: [topic],
      service: topic,
      concurrency: 10,
      handlerMs,
    });
    workers.push(worker);
    return worker;
  }

  /** Publishes numbers; what the brokers do not take at first is sent again, as an outbox does. */
  async function publish(from: number, to: number): Promise<void> {
    const send = async (n: number): Promise<void> => {
      const message = { id: String(n), topic, body: String(n), attributes: {}, headers: {} };
      for (;;) {
        try {
          await publisher.publish({ ...message, orderingKey: `k${n % KEYS}` });
          return;
        } catch {
          await new Promise((resolve) => setTimeout(resolve, 200));
        }
      }
    };
    await Promise.all(Array.from({ length: to - from }, (_, index) => send(from + index)));
  }

  /** Publishes until each process has had its share. Returns the next number. */
  async function publishUntilShared(): Promise<number> {
    let next = 0;
    await eventually(async () => {
      await publish(next, next + 500);
      next += 500;
      expect(Math.min(...workers.map((each) => each.handled.length))).toBeGreaterThan(50);
    }, 120_000);
    return next;
  }

  const handledValues = (): number[] =>
    workers.flatMap((worker) => worker.handled.map((each) => each.value as number));

  async function expectAll(count: number): Promise<void> {
    await eventually(() => expect(new Set(handledValues()).size).toBe(count), 120_000);
  }

  /** Each process saw the numbers of each key in their order, repeated deliveries aside. */
  function expectOrder(): void {
    for (const worker of workers) {
      const last = new Map<number, number>();
      const seen = new Set<number>();
      for (const { value } of worker.handled) {
        const n = value as number;
        if (seen.has(n)) continue;
        seen.add(n);
        expect(n).toBeGreaterThan(last.get(n % KEYS) ?? -1);
        last.set(n % KEYS, n);
      }
    }
  }

  it("gives a process that comes later its share of each topic", async () => {
    const topics = Array.from({ length: 3 }, () => `t-${randomUUID()}`);
    await prepareKafka(config, { topics: topics.map((name) => ({ name })), subscriptions: [] });
    const service = `s-${randomUUID()}`;
    const start = () =>
      WorkerHandle.start({ pubsub: config, topics, service, concurrency: 10, handlerMs: 0 });
    let sent = 0;
    const publishAll = async () => {
      const round = ++sent;
      const sending = topics.flatMap((topic) =>
        Array.from({ length: KEYS }, (_, key) =>
          publisher.publish({
            ...{ id: randomUUID(), topic, attributes: {}, headers: {} },
            ...{ body: JSON.stringify({ topic, round }), orderingKey: `k${key}` },
          }),
        ),
      );
      await Promise.all(sending);
    };
    const topicsOf = (worker: WorkerHandle): Map<string, number> => {
      const values = worker.handled.map((each) => each.value as { topic: string; round: number });
      return new Map(
        topics.map((topic) => [
          topic,
          values.filter((value) => value.topic === topic && value.round === sent).length,
        ]),
      );
    };
    workers.push(await start());
    await publishAll();
    await eventually(() => expect(workers[0]!.handled).toHaveLength(topics.length * KEYS), 60_000);
    workers.push(await start());
    await eventually(async () => {
      await publishAll();
      await eventually(() => {
        const both = workers.map((worker) => [...topicsOf(worker).values()]);
        expect(both.flat().reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(
          topics.length * KEYS,
        );
      }, 20_000);
      // Three of six partitions each; keys fall on them unevenly.
      for (const worker of workers) {
        for (const count of topicsOf(worker).values()) expect(count).toBeGreaterThan(KEYS / 10);
      }
    }, 60_000);
  });

  it("loses nothing when one of three is killed", async () => {
    await newTopic();
    await Promise.all([startWorker(2), startWorker(2), startWorker(2)]);
    const next = await publishUntilShared();
    const publishing = publish(next, next + 5_000);
    await workers[0]!.end("SIGKILL");
    await publishing;
    await expectAll(next + 5_000);
    expectOrder();
  });

  it("loses nothing when one of three leaves and another is killed", async () => {
    await newTopic();
    await Promise.all([startWorker(2), startWorker(2), startWorker(2)]);
    const shared = await publishUntilShared();
    // What moved while they came was handled twice; from here on each has its own.
    await expectAll(shared);
    await publish(shared, shared + 1_000);
    await expectAll(shared + 1_000);
    const next = shared + 1_000;
    const publishing = publish(next, next + 3_000);
    await workers[0]!.end("SIGTERM");
    const own = workers[0]!.handled.map(({ value }) => value as number).filter((value) => value >= shared);
    const left = new Set<unknown>(own);
    await workers[1]!.end("SIGKILL");
    await publishing;
    await expectAll(next + 3_000);
    expectOrder();
    // Whoever leaves in peace hands over what it has not handled, and nothing else but what the other had in hand too.
    const again = workers[2]!.handled.filter(({ value }) => left.has(value));
    expect(again.length).toBeLessThan(left.size);
  });

  it("goes on when the broker is killed and started again", async () => {
    await newTopic();
    await Promise.all([startWorker(1), startWorker(1)]);
    await publish(0, 500);
    await eventually(() => expect(handledValues().length).toBeGreaterThan(100), 60_000);
    await broker.kill();
    const publishing = publish(500, 2_000);
    await broker.resume();
    await publishing;
    await expectAll(2_000);
  });

  it("goes on after the broker stood still for longer than a session", async () => {
    await newTopic();
    await Promise.all([startWorker(), startWorker()]);
    await publish(0, 200);
    await eventually(() => expect(handledValues().length).toBeGreaterThan(100), 60_000);
    broker.stall();
    const publishing = publish(200, 600);
    await new Promise((resolve) => setTimeout(resolve, 12_000));
    broker.unstall();
    await publishing;
    await expectAll(600);
  });

  it("handles 100,000 messages in the order of their keys", async () => {
    await newTopic();
    await Promise.all([startWorker(), startWorker(), startWorker()]);
    for (let from = 0; from < 100_000; from += 10_000) await publish(from, from + 10_000);
    await expectAll(100_000);
    expectOrder();
  });
});
