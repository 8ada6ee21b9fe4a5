import { randomUUID } from "node:crypto";
import {
  Admin,
  Consumer,
  type MessagesStream,
  MessagesStreamFallbackModes,
  MessagesStreamModes,
  ProduceAcks,
  Producer,
  stringDeserializers,
  stringSerializers,
} from "@platformatic/kafka";
import { median } from "../lib/load.ts";

const batchSize = 500;
const commitEveryMs = 1_000;

type TextConsumer = Consumer<string, string, string, string>;
type TextStream = MessagesStream<string, string, string, string>;

/** A program that stands on `@platformatic/kafka` alone. */
export interface KafkaProgram {
  /** What it sends: the value, and the headers if any. */
  message(run: string): { value: string; headers?: Record<string, string> };
  /** How often the client commits what it has given out, in milliseconds; false where the program commits. */
  autocommit: number | false;
  /** Takes what comes until the stream ends, and tells of each message once it was handled. */
  consume(stream: TextStream, consumer: TextConsumer, handled: () => void): Promise<void>;
}

/**
 * What a program written by hand does for each event: JSON is written and read, the required headers are sent along, and
 * messages are handled in the order of their partition. Only what was handled is committed.
 */
export const byHand: KafkaProgram = {
  message: (run) => ({
    value: JSON.stringify(tick(run)),
    headers: {
      "x-correlation-id": randomUUID(),
      "x-causation-id": "",
      "x-user-id": "",
      "x-project-id": "",
      "x-timestamp": String(Date.now()),
    },
  }),
  autocommit: false,
  async consume(stream, consumer, handled) {
    const done = new Map<number, { topic: string; partition: number; offset: bigint; leaderEpoch: number }>();
    const commit = async (): Promise<void> => {
      const offsets = [...done.values()];
      done.clear();
      if (offsets.length > 0) await consumer.commit({ offsets });
    };
    const handle = async (_: ReturnType<typeof tick>): Promise<void> => handled();
    // What could not be committed is covered by the next commit.
    const committing = setInterval(() => void commit().catch(() => {}), commitEveryMs);
    for await (const { topic, partition, offset, value } of stream) {
      await handle(JSON.parse(value));
      done.set(partition, { topic, partition, offset: offset + 1n, leaderEpoch: -1 });
    }
    clearInterval(committing);
  },
};

/** The most that the client can do: the same text again and again, nothing done with it, committed as soon as it is fetched. */
export const doingNothing: KafkaProgram = {
  message: (run) => ({ value: (text ??= JSON.stringify(tick(run))) }),
  autocommit: commitEveryMs,
  async consume(stream, _, handled) {
    stream.on("data", handled);
  },
};
let text: string | undefined;

function tick(run: string): { run: string; sentAt: number; note: string } {
  return { run, sentAt: performance.now(), note: "a message of ordinary size, like most events" };
}

/** Producer and consumer of the program in this process, all replicas acknowledging. Messages a second, median of the rounds. */
export async function measureKafkaProgram(
  { message, autocommit, consume }: KafkaProgram,
  broker: string,
  { messages, rounds, partitions }: { messages: number; rounds: number; partitions: number },
): Promise<number> {
  const client = { clientId: "bench", bootstrapBrokers: [broker] };
  const topic = `bench-${randomUUID()}`;
  const admin = new Admin(client);
  await admin.createTopics({ topics: [topic], partitions, replicas: 1 });
  await admin.close();
  const serializers = stringSerializers;
  const producer = new Producer({ ...client, serializers, idempotent: true, acks: ProduceAcks.ALL });
  const consumer: TextConsumer = new Consumer({
    ...client,
    groupId: topic,
    deserializers: stringDeserializers,
    minBytes: 1,
  });
  const stream = await consumer.consume({
    topics: [topic],
    mode: MessagesStreamModes.COMMITTED,
    fallbackMode: MessagesStreamFallbackModes.EARLIEST,
    autocommit,
  });
  let handled = 0;
  let complete = Promise.withResolvers<void>();
  const consuming = consume(stream, consumer, () => {
    if (++handled === messages) complete.resolve();
  });
  const rates: number[] = [];
  try {
    for (let round = 0; round <= rounds; round++) {
      handled = 0;
      complete = Promise.withResolvers();
      const started = performance.now();
      for (let sent = 0; sent < messages; sent += batchSize) {
        await producer.send({
          messages: Array.from({ length: batchSize }, () => ({ topic, ...message(topic) })),
        });
      }
      await complete.promise;
      // The first round warms up.
      if (round > 0) rates.push(messages / ((performance.now() - started) / 1_000));
    }
    return Math.round(median(rates));
  } finally {
    await consumer.close(true);
    await consuming;
    await producer.close();
  }
}
