import { randomUUID } from "node:crypto";
import {
  Admin,
  Consumer,
  MessagesStreamFallbackModes,
  MessagesStreamModes,
  ProduceAcks,
  Producer,
  stringDeserializers,
  stringSerializers,
} from "@platformatic/kafka";
import { median } from "../lib/load.ts";

const batchSize = 500;

/** The baseline: `@platformatic/kafka` by itself, producer and consumer in this process. Messages a second, median of the rounds. */
export async function measureBareKafka(
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
  const consumer = new Consumer({
    ...client,
    groupId: topic,
    deserializers: stringDeserializers,
    minBytes: 1,
  });
  const stream = await consumer.consume({
    topics: [topic],
    mode: MessagesStreamModes.COMMITTED,
    fallbackMode: MessagesStreamFallbackModes.EARLIEST,
    autocommit: 1_000,
  });
  let handled = 0;
  let complete = Promise.withResolvers<void>();
  stream.on("data", () => {
    if (++handled === messages) complete.resolve();
  });
  const value = JSON.stringify({
    run: topic,
    sentAt: 0,
    note: "a message of ordinary size, like most events",
  });
  const rates: number[] = [];
  try {
    for (let round = 0; round <= rounds; round++) {
      handled = 0;
      complete = Promise.withResolvers();
      const started = performance.now();
      for (let sent = 0; sent < messages; sent += batchSize) {
        await producer.send({ messages: Array.from({ length: batchSize }, () => ({ topic, value })) });
      }
      await complete.promise;
      // The first round warms up.
      if (round > 0) rates.push(messages / ((performance.now() - started) / 1_000));
    }
    return Math.round(median(rates));
  } finally {
    await consumer.close(true);
    await producer.close();
  }
}
