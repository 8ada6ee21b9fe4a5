import type { Admin } from "@platformatic/kafka";
import type { AppModel } from "../../../model/app-model.js";
import type { KafkaConfig } from "../../../runtime/host-config.js";
import { clientOptions } from "./connection.js";

/** Where a service's messages go that its subscriptions gave up. */
export function deadLetterTopic(service: string): string {
  return `${service}-undelivered`;
}

/**
 * Makes the app's topics where they are missing, with the configured number of partitions, and adds partitions where
 * a topic has fewer. Throws where the brokers cannot be reached or refuse.
 */
export async function prepareKafka(
  config: KafkaConfig,
  model: {
    topics: Pick<AppModel["topics"][number], "name">[];
    subscriptions: Pick<AppModel["subscriptions"][number], "service">[];
  },
): Promise<void> {
  const kafka = await import("@platformatic/kafka");
  const admin = new kafka.Admin(clientOptions(config));
  try {
    const wanted = new Map<string, number>();
    const { prefix = "" } = config;
    for (const { name } of model.topics) wanted.set(`${prefix}${name}`, config.partitions);
    for (const { service } of model.subscriptions) wanted.set(deadLetterTopic(`${prefix}${service}`), 1);
    const there = new Set(await admin.listTopics());
    await Promise.all(
      [...wanted]
        .filter(([name]) => !there.has(name))
        .map(([name, partitions]) => createTopic(admin, { name, partitions, replicas: config.replicas })),
    );
    await addPartitions(admin, new Map([...wanted].filter(([name]) => there.has(name))));
  } finally {
    await admin.close();
  }
}

async function createTopic(
  admin: Admin,
  { name, partitions, replicas }: { name: string; partitions: number; replicas: number },
): Promise<void> {
  try {
    await admin.createTopics({ topics: [name], partitions, replicas });
  } catch (error) {
    // Another process made it at the same moment.
    if (!(await admin.listTopics()).includes(name)) throw error;
  }
}

async function addPartitions(admin: Admin, wanted: Map<string, number>): Promise<void> {
  if (wanted.size === 0) return;
  const metadata = await admin.metadata({ topics: [...wanted.keys()], forceUpdate: true });
  const short = [...wanted].filter(
    ([name, count]) => (metadata.topics.get(name)?.partitionsCount ?? count) < count,
  );
  if (short.length === 0) return;
  await admin.createPartitions({
    topics: short.map(([name, count]) => ({ name, count, assignments: null })),
  });
}
