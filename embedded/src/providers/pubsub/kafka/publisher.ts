import type { Producer } from "@platformatic/kafka";
import type { KafkaConfig } from "../../../runtime/host-config.js";
import type { OutgoingMessage } from "../provider.js";
import { clientOptions } from "./connection.js";
import { writeHeaders } from "./headers.js";

const MAX_BATCH = 500;
const MAX_BATCH_CHARS = 700_000;

interface Waiting {
  message: OutgoingMessage;
  done: PromiseWithResolvers<void>;
}

/**
 * Publishes with one request at a time, acknowledged by all replicas in sync; messages that come meanwhile go together
 * in the next. So messages of one process keep their order, and a retry of the client writes none of them twice.
 */
export class KafkaPublisher {
  private producer: Promise<Producer<string, string, string, string>> | undefined;
  private waiting: Waiting[] = [];
  private sending: Promise<void> | undefined;

  constructor(private readonly config: KafkaConfig) {}

  publish(message: OutgoingMessage): Promise<void> {
    const done = Promise.withResolvers<void>();
    this.waiting.push({ message, done });
    this.sending ??= this.send();
    return done.promise;
  }

  async close(): Promise<void> {
    await this.sending;
    await (await this.producer)?.close();
  }

  private async send(): Promise<void> {
    await Promise.resolve(); // what is published in the same breath goes in the same request
    while (this.waiting.length > 0) {
      const batch = this.nextBatch();
      try {
        await this.produce(batch);
        for (const { done } of batch) done.resolve();
      } catch (error) {
        for (const { done } of batch) done.reject(error);
      }
    }
    this.sending = undefined;
  }

  private nextBatch(): Waiting[] {
    let chars = 0;
    const over = this.waiting.findIndex(({ message }, index) => {
      chars += message.body.length;
      return index === MAX_BATCH || (index > 0 && chars > MAX_BATCH_CHARS);
    });
    return this.waiting.splice(0, over === -1 ? this.waiting.length : over);
  }

  private async produce(batch: Waiting[]): Promise<void> {
    const now = Date.now();
    this.producer ??= this.connect();
    const producer = await this.producer;
    await producer.send({
      messages: batch.map(({ message }) => ({
        topic: message.topic,
        ...(message.orderingKey === undefined ? {} : { key: message.orderingKey }),
        value: message.body,
        headers: writeHeaders(message, now),
      })),
    });
  }

  /** The client is loaded where it is used: no other host pays for it. */
  private async connect(): Promise<Producer<string, string, string, string>> {
    const { ProduceAcks, Producer, stringSerializers } = await import("@platformatic/kafka");
    return new Producer({
      ...clientOptions(this.config),
      serializers: stringSerializers,
      idempotent: true,
      acks: ProduceAcks.ALL,
    });
  }
}
