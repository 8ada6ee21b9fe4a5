import type { KafkaConfig } from "../../../runtime/host-config.js";
import type {
  Consumer,
  OutgoingMessage,
  ProviderLog,
  PubSubProvider,
  SubscriptionOptions,
} from "../provider.js";
import { deadLetterTopic } from "./prepare.js";
import { KafkaPublisher } from "./publisher.js";
import { ServiceGroup } from "./service-group.js";
import { Slots } from "./slots.js";

/**
 * Pub/Sub on Kafka. A topic is a topic, the ordering key is the message key, each service is one consumer group, and
 * the handlers of this process share `maxConcurrentHandlers` slots.
 */
export class KafkaPubSub implements PubSubProvider {
  private publisher: KafkaPublisher | undefined;
  private readonly groups = new Map<string, ServiceGroup>();
  private readonly slots: Slots;

  constructor(
    private readonly config: KafkaConfig,
    private readonly log: ProviderLog,
  ) {
    this.slots = new Slots(config.maxConcurrentHandlers);
  }

  publish(message: OutgoingMessage): Promise<void> {
    return this.send({ ...message, topic: this.nameOf(message.topic) });
  }

  subscribe(options: SubscriptionOptions): Consumer {
    const subscription = { ...options, topic: this.nameOf(options.topic) };
    const service = this.nameOf(options.service);
    let group = this.groups.get(service);
    if (!group) {
      group = new ServiceGroup(service, this.config, {
        slots: this.slots,
        log: this.log,
        bury: ({ id, body, attributes, headers }, orderingKey, { topic, name }) =>
          this.send({
            id,
            topic: deadLetterTopic(service),
            body,
            attributes,
            headers: { ...headers, "x-dead-letter-topic": topic, "x-dead-letter-subscription": name },
            ...(orderingKey === undefined ? {} : { orderingKey }),
          }),
      });
      this.groups.set(service, group);
    }
    group.add(subscription);
    const joined = group;
    return { stop: () => joined.stop() };
  }

  private send(message: OutgoingMessage): Promise<void> {
    this.publisher ??= new KafkaPublisher(this.config);
    return this.publisher.publish(message);
  }

  private nameOf(name: string): string {
    return `${this.config.prefix ?? ""}${name}`;
  }

  async close(): Promise<void> {
    await Promise.all([...this.groups.values()].map((group) => group.stop()));
    await this.publisher?.close();
  }
}
