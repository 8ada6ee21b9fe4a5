import { hash } from "node:crypto";
import type { Message } from "@platformatic/kafka";
import type { DeliveredMessage } from "../provider.js";
import { readAttributes, readHeaders, readPublishedAt } from "./headers.js";

export type KafkaMessage = Message<string, string, string, string>;

/** A message of the log as handlers get it. What few of them ask for is worked out when they do. */
export class KafkaDelivery implements DeliveredMessage {
  readonly headers: Record<string, string>;

  constructor(
    private readonly message: KafkaMessage,
    readonly attempt: number,
  ) {
    this.headers = readHeaders(message.headers);
  }

  /** The SHA-256 of its place in the log: each delivery of one message has it, and no other message. */
  get id(): string {
    const { topic, partition, offset } = this.message;
    return hash("sha256", `${topic}/${partition}/${offset}`);
  }

  get body(): string {
    return this.message.value;
  }

  get attributes(): Record<string, string> {
    return readAttributes(this.headers);
  }

  get publishedAt(): Date {
    return readPublishedAt(this.headers, Number(this.message.timestamp));
  }
}
