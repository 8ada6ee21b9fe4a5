import { randomUUID } from "node:crypto";
import type { Topic } from "../../model/app-model.js";
import { host } from "../host.js";
import type { Request } from "../request.js";
import { resolveType } from "../schema/text-value.js";
import { writeJson } from "../schema/write-json.js";
import { startSpan } from "../tracing/span.js";
import { pubsub } from "./connection.js";
import { contextHeaders } from "./message.js";

type Fields = Record<string, unknown>;

/** A topic as the SDK sees it. */
export class PubSubTopic {
  private readonly topic: Topic | undefined;
  private readonly attributeNames: string[];

  constructor(name: string) {
    const { model } = host();
    this.topic = model.topics.find((topic) => topic.name === name);
    const message = this.topic && resolveType(this.topic.message, model.types);
    const fields = message?.kind === "object" ? message.fields : [];
    this.attributeNames = fields.filter((field) => field.attribute).map((field) => field.name);
  }

  /**
   * Publishes a message and resolves with its id, once it is durable. The message is not checked against its type:
   * that happens where it is handled.
   */
  async publish(body: unknown, source?: Request | null): Promise<string> {
    if (body === null || body === undefined) throw new Error("no message payload provided");
    if (typeof body !== "object" || Array.isArray(body))
      throw new Error("failed to parse payload: not an object");
    const { topic } = this;
    if (!topic) throw new Error("failed to publish: topic not configured");
    const attributes = this.attributesOf(body as Fields);
    const message = {
      id: randomUUID(),
      topic: topic.name,
      body: serialize(body),
      attributes,
      orderingKey: orderingKey(topic, attributes),
    };
    const span = startSpan({
      kind: "producer",
      name: `publish ${topic.name}`,
      service: source?.service,
      parent: source?.span,
      attributes: { "messaging.destination.name": topic.name, "messaging.message.id": message.id },
    });
    try {
      await pubsub().publish({ ...message, headers: contextHeaders(span, source?.correlationId) });
    } catch (cause) {
      const error = new Error(`failed to publish: ${(cause as Error).message}`, { cause });
      span.end(error);
      throw error;
    }
    span.end();
    return message.id;
  }

  private attributesOf(body: Fields): Record<string, string> {
    const attributes: Record<string, string> = {};
    for (const name of this.attributeNames) {
      const value = body[name];
      if (value !== undefined) attributes[name] = typeof value === "string" ? value : serialize(value);
    }
    return attributes;
  }
}

function serialize(value: unknown): string {
  try {
    return writeJson(value);
  } catch (cause) {
    throw new Error(`failed to parse payload: ${(cause as Error).message}`, { cause });
  }
}

function orderingKey(topic: Topic, attributes: Record<string, string>): string | undefined {
  const name = topic.orderingAttribute;
  if (name === undefined) return undefined;
  const key = attributes[name];
  if (key === undefined) throw new Error(`failed to publish: ordering attribute ${name} not found`);
  return key;
}

/** The topic of that name; publishing to one that the app does not declare fails. */
export function pubsubTopic(name: string): PubSubTopic {
  return new PubSubTopic(name);
}
