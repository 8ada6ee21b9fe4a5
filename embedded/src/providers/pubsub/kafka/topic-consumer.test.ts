import { EventEmitter, once } from "node:events";
import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import type { KafkaMessage } from "./delivery.js";
import { Slots } from "./slots.js";
import { TopicConsumer } from "./topic-consumer.js";

/** A stream of messages that are all there already. */
class Fetched extends EventEmitter {
  constructor(private readonly messages: KafkaMessage[]) {
    super();
  }

  get left(): number {
    return this.messages.length;
  }

  read(): KafkaMessage | null {
    return this.messages.shift() ?? null;
  }
}

function message(offset: number, key?: string): KafkaMessage {
  const place = { topic: "t", partition: 0, offset: BigInt(offset), timestamp: 1n };
  return { ...place, key, value: String(offset), headers: new Map() } as unknown as KafkaMessage;
}

function consumer(handle: (body: string) => Promise<void>, { concurrency }: { concurrency: number }) {
  const retry = { minBackoffMs: 1, maxBackoffMs: 1, maxRetries: 1 };
  const subscription = { topic: "t", name: "s", service: "s", concurrency, ackDeadlineMs: 1_000, retry };
  return new TopicConsumer("t", [{ ...subscription, handle: ({ body }) => handle(body) }], {
    slots: new Slots(100),
    log: () => {},
    bury: async () => {},
    progressed: () => {},
  });
}

it("reads no more than there is room for, and goes on as soon as there is", async () => {
  const running: PromiseWithResolvers<void>[] = [];
  const topic = consumer(
    () => {
      const done = Promise.withResolvers<void>();
      running.push(done);
      return done.promise;
    },
    { concurrency: 2 },
  );
  const stream = new Fetched([0, 1, 2, 3, 4].map((offset) => message(offset)));
  topic.readFrom(stream);
  stream.emit("readable");
  expect(stream.left).toBe(3);
  running[1]!.resolve();
  await setImmediate();
  expect(stream.left).toBe(2);
  expect(topic.committable()).toEqual(new Map([[0, 0n]]));
  running[0]!.resolve();
  await setImmediate();
  expect(topic.committable()).toEqual(new Map([[0, 2n]]));
});

it("handles messages of one key one after the other, beside those without", async () => {
  const events = new EventEmitter();
  const begun: string[] = [];
  const topic = consumer(
    async (body) => {
      begun.push(body);
      if (body === "0") await once(events, "go");
    },
    { concurrency: 10 },
  );
  const stream = new Fetched([message(0, "k"), message(1, "k"), message(2)]);
  topic.readFrom(stream);
  stream.emit("readable");
  await setImmediate();
  expect(begun).toEqual(["0", "2"]);
  events.emit("go");
  await setImmediate();
  expect(begun).toEqual(["0", "2", "1"]);
  expect(topic.committable()).toEqual(new Map([[0, 3n]]));
});

it("waits for what runs when it stops, and leaves what waits behind it uncommitted", async () => {
  const release = Promise.withResolvers<void>();
  const begun: string[] = [];
  const topic = consumer(
    async (body) => {
      begun.push(body);
      await release.promise;
    },
    { concurrency: 10 },
  );
  const stream = new Fetched([message(0, "k"), message(1, "k")]);
  topic.readFrom(stream);
  stream.emit("readable");
  const stopped = topic.stop();
  release.resolve();
  await stopped;
  expect(begun).toEqual(["0"]);
  expect(topic.committable()).toEqual(new Map([[0, 1n]]));
});

it("handles what it had fetched of a partition that has moved, and commits nothing of it", async () => {
  const handled: string[] = [];
  const topic = consumer(async (body) => void handled.push(body), { concurrency: 1 });
  const stream = new Fetched([message(0), message(1)]);
  topic.readFrom(stream);
  topic.keep(new Set([0]));
  stream.emit("readable");
  topic.keep(new Set([1]));
  await expect.poll(() => handled).toEqual(["0", "1"]);
  await topic.stop();
  expect(topic.committable()).toEqual(new Map());
});

it("handles what was left over from before its partition came back, and all that is fetched again from before it", async () => {
  const handled: string[] = [];
  const held = Promise.withResolvers<void>();
  const topic = consumer(
    async (body) => {
      if (body === "5") await held.promise;
      handled.push(body);
    },
    { concurrency: 20 },
  );
  topic.keep(new Set([0]));
  const stream = new Fetched([8, 9, 5, 6, 7, 8, 9, 10, 9, 10].map((offset) => message(offset)));
  topic.readFrom(stream);
  stream.emit("readable");
  await setImmediate();
  expect(topic.committable()).toEqual(new Map([[0, 5n]]));
  held.resolve();
  await setImmediate();
  expect(handled.toSorted((a, b) => Number(a) - Number(b)).join(" ")).toBe("5 6 7 8 8 9 9 10");
  expect(topic.committable()).toEqual(new Map([[0, 11n]]));
});
