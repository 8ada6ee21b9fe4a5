import type { Producer } from "@platformatic/kafka";
import type { KafkaConfig } from "../../../runtime/host-config.js";
import { Batching } from "../batching.js";
import type { OutgoingMessage } from "../provider.js";
import { clientOptions } from "./connection.js";
import { encodeName, writeHeaders } from "./headers.js";

/** Below the million bytes that a broker takes at most by default. */
const MAX_BATCH_BYTES = 900_000;
const MAX_BATCH = 1_000;
/** More than what the headers of an event take. */
const HEADERS_BYTES = 600;

/**
 * Publishes with one request at a time, acknowledged by all replicas in sync. So messages of one process keep their
 * order, and a retry of the client writes none of them twice.
 */
export class KafkaPublisher {
  private producer: Promise<Producer<string, string, string, string>> | undefined;
  private readonly batching = new Batching<OutgoingMessage>({
    send: (messages) => this.produce(messages),
    maxItems: MAX_BATCH,
    size: ({ body }) => Buffer.byteLength(body) + HEADERS_BYTES,
    maxSize: MAX_BATCH_BYTES,
  });

  constructor(private readonly config: KafkaConfig) {}

  publish(message: OutgoingMessage): Promise<void> {
    return this.batching.add(message);
  }

  async close(): Promise<void> {
    await this.batching.settled();
    await (await this.producer)?.close();
  }

  private async produce(messages: OutgoingMessage[]): Promise<void> {
    const now = String(Date.now());
    this.producer ??= this.connect();
    const producer = await this.producer;
    await producer.send({
      messages: messages.map((message) => ({
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
      serializers: { ...stringSerializers, headerKey: (name = "") => encodeName(name) },
      idempotent: true,
      acks: ProduceAcks.ALL,
    });
  }
}
