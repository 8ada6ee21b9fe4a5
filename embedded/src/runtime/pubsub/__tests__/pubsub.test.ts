import { afterAll, beforeAll, expect, test } from "vitest";
import type { AppModel, Field, Subscription } from "../../../model/app-model.js";
import { eventually } from "../../../providers/pubsub/__tests__/test-broker.js";
import {
  createTestDatabase,
  subscription,
  type TestDatabase,
} from "../../../providers/pubsub/__tests__/test-database.js";
import { setHost } from "../../host.js";
import type { HostConfig } from "../../host-config.js";
import { Request } from "../../request.js";
import { runReadyHooks, runShutdownHooks } from "../../shutdown.js";
import { startSpan } from "../../tracing/span.js";
import { pubsubSubscription, pubsubTopic } from "../index.js";

const FIELDS: Field[] = [
  { name: "tenant", type: { kind: "basic", type: "string" }, optional: true, attribute: true },
  { name: "at", type: { kind: "basic", type: "date" }, optional: false },
];
const NAMES = ["plain", "ordered", "picky", "elsewhere"];

let database: TestDatabase;

function modelOf(subscriptions: Subscription[]): AppModel {
  return {
    topics: NAMES.map((name) => ({
      name,
      place: { file: "t.ts", line: 1, column: 1 },
      message: { kind: "object", fields: FIELDS },
      deliveryGuarantee: "at-least-once",
      publishers: ["test"],
      ...(name === "ordered" ? { orderingAttribute: "tenant" } : {}),
    })),
    subscriptions,
    types: {},
  } as unknown as AppModel;
}

beforeAll(async () => {
  const subscriptions = NAMES.map((topic) => subscription(topic, "sub"));
  database = await createTestDatabase(subscriptions);
  for (const each of subscriptions) {
    each.service = each.topic === "elsewhere" ? "other" : "test";
    each.retry = { minBackoffMs: 10, maxBackoffMs: 10, maxRetries: 1 };
  }
  const config = {
    mode: "test",
    hosted: { services: ["test"], gateway: true },
    pubsub: { provider: "postgres", connectionString: database.url },
    logs: { format: "text", level: "error" },
  } as unknown as HostConfig;
  setHost({ config, model: modelOf(subscriptions) });
}, 60_000);

afterAll(async () => {
  await runShutdownHooks((error) => {
    throw error;
  });
  setHost(undefined);
  await database.drop();
});

function subscribe(topicName: string, handler: (request: Request) => unknown): void {
  void pubsubSubscription({ topicName, subscriptionName: "sub", handler }).subscribe();
}

const refuse = (error: unknown): never => {
  throw error;
};

test("delivers once the app is up, decoded, in the publisher's trace and with its correlation id", async () => {
  const seen: Request[] = [];
  subscribe("plain", (request) => void seen.push(request));
  const span = startSpan({ kind: "server", name: "request" });
  const source = new Request(
    { kind: "auth", service: "test", endpoint: "e", payload: {} },
    { span, correlationId: "corr-1" },
  );
  const id = await pubsubTopic("plain").publish({ tenant: "a", at: new Date(5), extra: 1 }, source);
  expect(seen).toEqual([]);
  await runReadyHooks(refuse);
  await eventually(() => expect(seen).toHaveLength(1));
  const request = seen[0]!;
  expect(request.payload()).toEqual({ tenant: "a", at: new Date(5) });
  expect(request.span.traceId).toBe(span.traceId);
  expect(request.correlationId).toBe("corr-1");
  expect(request.meta().pubsubMessage).toMatchObject({
    service: "test",
    topic: "plain",
    subscription: "sub",
    id,
    deliveryAttempt: 1,
    parsedPayload: { tenant: "a" },
  });
});

test("a message that does not fit its type never reaches the handler, is retried and given up", async () => {
  let calls = 0;
  subscribe("picky", () => void calls++);
  const id = await pubsubTopic("picky").publish({ at: "not a date" });
  await eventually(async () => {
    const rows =
      await database.sql`select attempt, error from axion_pubsub.dead_letter where message_id = ${id}`;
    expect(rows).toMatchObject([{ attempt: 2 }]);
  });
  expect(calls).toBe(0);
});

test("a handler that throws in the same turn fails the delivery", async () => {
  const attempts: unknown[] = [];
  subscribe("ordered", (request) => {
    attempts.push((request.meta().pubsubMessage as { deliveryAttempt: number }).deliveryAttempt);
    if (attempts.length === 1) throw new Error("at once");
  });
  await pubsubTopic("ordered").publish({ tenant: "a", at: new Date() });
  await eventually(() => expect(attempts).toEqual([1, 2]));
});

test("does not deliver for a service of another process", async () => {
  let calls = 0;
  subscribe("elsewhere", () => void calls++);
  const id = await pubsubTopic("elsewhere").publish({ at: new Date() });
  const local = await pubsubTopic("ordered").publish({ tenant: "b", at: new Date() });
  await eventually(async () => {
    expect(await database.sql`select from axion_pubsub.delivery where message_id = ${local}`).toHaveLength(0);
  });
  const rows = await database.sql`select attempt from axion_pubsub.delivery where message_id = ${id}`;
  expect(rows).toMatchObject([{ attempt: 0 }]);
  expect(calls).toBe(0);
});

test.each([
  ["ordered", { at: new Date() }, "failed to publish: ordering attribute tenant not found"],
  ["unknown", { at: new Date() }, "failed to publish: topic not configured"],
  ["plain", undefined, "no message payload provided"],
  ["plain", "text", "failed to parse payload: not an object"],
  ["plain", { f: () => 1 }, "failed to parse payload: a value of type function has no JSON form"],
])("refuses to publish to %s: %j", async (topic, body, message) => {
  await expect(pubsubTopic(topic).publish(body)).rejects.toThrow(message);
});
