import { resolveTypescriptImports } from "../lib/typescript-imports.ts";
import type { LossBroker } from "./prove-nothing-lost.ts";

const partitions = 3;

/** Starts a Kafka broker from the jars in the folder `KAFKA_TEST_JARS`. */
export async function startKafka(): Promise<LossBroker & { remove(): Promise<void> }> {
  if (process.env.KAFKA_TEST_JARS === undefined) {
    throw new Error("KAFKA_TEST_JARS names no folder with Kafka's jars");
  }
  resolveTypescriptImports();
  const { KafkaBroker } = await import("../../embedded/src/providers/pubsub/__tests__/kafka-broker.ts");
  const broker = await KafkaBroker.start();
  return {
    pubsub: { type: "kafka", brokers: [broker.address], partitions, replicas: 1 },
    kill: () => broker.kill(),
    resume: () => broker.resume(),
    remove: () => broker.remove(),
  };
}
