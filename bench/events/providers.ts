import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { embeddedDatabase } from "../lib/embedded-postgres.ts";
import { resolveTypescriptImports } from "../lib/typescript-imports.ts";
import { type EventsApp, startEventsApp } from "./delivery.ts";

export interface ProviderOptions {
  root: string;
  scratch: string;
  quick: boolean;
}

type Figures = Record<string, number | string>;

const partitions = 6;

/** Publish → effect and sustained throughput on the queue in Postgres, beside Graphile Worker on the same server. */
export async function measureOnPostgres({ root, scratch, quick }: ProviderOptions): Promise<Figures> {
  const app = await startEventsApp({ root, folder: join(scratch, "on-postgres") });
  try {
    const figures = await measureApp("postgres", app, quick);
    console.log(JSON.stringify(figures));
    const { measureGraphile } = await import("./graphile.ts");
    const { messages, rounds, seconds } = sizes(quick);
    const admin = await embeddedDatabase(app.folder, "postgres");
    const anchor = await measureGraphile(admin, { perSecond: 200, seconds, messages, rounds });
    return {
      ...figures,
      graphileP50Ms200: anchor.p50Ms,
      graphileP99Ms200: anchor.p99Ms,
      graphileJobsPerSecond: anchor.jobsPerSecond,
      postgresThroughputRatio: ratio(figures.postgresEventsPerSecond, anchor.jobsPerSecond),
    };
  } finally {
    await app.stop();
  }
}

/** The same on a Kafka broker that is started for it, beside the client library by itself. Left out without Kafka's jars. */
export async function measureOnKafka({ root, scratch, quick }: ProviderOptions): Promise<Figures> {
  if (process.env.KAFKA_TEST_JARS === undefined) {
    return { kafka: "left out: KAFKA_TEST_JARS names no folder with Kafka's jars" };
  }
  resolveTypescriptImports();
  const { KafkaBroker } = await import("../../embedded/src/providers/pubsub/__tests__/kafka-broker.ts");
  const broker = await KafkaBroker.start();
  try {
    const config = join(scratch, "kafka.json");
    const pubsub = [{ type: "kafka", brokers: [broker.address], partitions, replicas: 1 }];
    await writeFile(config, JSON.stringify({ pubsub }));
    const app = await startEventsApp({ root, folder: join(scratch, "on-kafka"), config });
    const figures = await measureApp("kafka", app, quick).finally(() => app.stop());
    const { byHand, doingNothing, measureKafkaProgram } = await import("./bare-kafka.ts");
    const { messages, rounds } = sizes(quick);
    const load = { messages, rounds, partitions };
    const hand = await measureKafkaProgram(byHand, broker.address, load);
    const bare = await measureKafkaProgram(doingNothing, broker.address, load);
    return {
      ...figures,
      kafkaByHandEventsPerSecond: hand,
      kafkaThroughputRatio: ratio(figures.kafkaEventsPerSecond, hand),
      kafkaBareMessagesPerSecond: bare,
      kafkaToBareRatio: ratio(figures.kafkaEventsPerSecond, bare),
    };
  } finally {
    await broker.remove();
  }
}

async function measureApp<Name extends string>(
  name: Name,
  app: EventsApp,
  quick: boolean,
): Promise<Record<`${Name}EventsPerSecond`, number> & Figures> {
  const { seconds, messages, rounds } = sizes(quick);
  const slow = await app.latency(200, seconds);
  const fast = await app.latency(1_000, seconds);
  return {
    [`${name}P50Ms200`]: slow.p50Ms,
    [`${name}P99Ms200`]: slow.p99Ms,
    [`${name}P50Ms1000`]: fast.p50Ms,
    [`${name}P99Ms1000`]: fast.p99Ms,
    [`${name}EventsPerSecond`]: await app.throughput(messages, rounds),
  } as Record<`${Name}EventsPerSecond`, number> & Figures;
}

function sizes(quick: boolean): { seconds: number; messages: number; rounds: number } {
  return quick ? { seconds: 5, messages: 5_000, rounds: 3 } : { seconds: 30, messages: 20_000, rounds: 5 };
}

function ratio(ours: number, bare: number): number {
  return Number((ours / bare).toFixed(2));
}
