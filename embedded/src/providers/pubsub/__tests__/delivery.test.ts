import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { preparePubSub } from "../postgres/prepare.js";
import type { DeliveredMessage } from "../provider.js";
import { eventually, TestBroker } from "./test-broker.js";
import { createTestDatabase, subscription, type TestDatabase } from "./test-database.js";

const SUBSCRIPTIONS = [
  "fan",
  "retry",
  "dead",
  "limit",
  "order",
  "stop",
  "slow",
  "lost",
  "poison",
  "purge",
  "turns",
  "tenants",
  "beside",
  "pace",
  "share",
].map((topic) => subscription(topic, "one", topic === "purge" ? 60_000 : 0));

let database: TestDatabase;
let broker: TestBroker;

beforeAll(async () => {
  database = await createTestDatabase([...SUBSCRIPTIONS, subscription("fan", "two")]);
}, 60_000);
afterAll(() => database.drop());

const brokers: TestBroker[] = [];
function newBroker(): TestBroker {
  broker = new TestBroker(database.url);
  brokers.push(broker);
  return broker;
}
afterEach(async () => {
  await Promise.all(brokers.splice(0).map((each) => each.close()));
});

async function rowsOf(topic: string): Promise<number> {
  const [row] = await database.sql<{ count: number }[]>`
    select count(*)::int as count from axion_pubsub.delivery d
    join axion_pubsub.subscription s on s.id = d.subscription where s.topic = ${topic}`;
  return row?.count ?? 0;
}

test("gives every subscription every message, with its id, attributes and headers", async () => {
  const { provider } = newBroker();
  const one: DeliveredMessage[] = [];
  const two: unknown[] = [];
  broker.subscribe("fan", "one", async (_value, message) => void one.push(message));
  broker.subscribe("fan", "two", async (value) => void two.push(value));
  const id = await broker.publish("fan", { text: 'quotes " and \\ and \u0000 and ü' });
  await eventually(() => expect([one.length, two.length]).toEqual([1, 1]));
  expect(one[0]).toMatchObject({ id, attempt: 1, attributes: { a: "1" }, headers: { h: "2" } });
  expect(Math.abs(Date.now() - one[0]!.publishedAt.getTime())).toBeLessThan(10_000);
  expect(two).toEqual([{ text: 'quotes " and \\ and \u0000 and ü' }]);
  await eventually(async () => expect(await rowsOf("fan")).toBe(0));
  expect(provider).toBeDefined();
});

test("publishes to a topic that nobody subscribes to", async () => {
  newBroker();
  await expect(broker.publish("nobody", {})).resolves.toBeTypeOf("string");
});

test("refuses one bad message of a batch without harm to the others", async () => {
  newBroker();
  const seen: unknown[] = [];
  broker.subscribe("fan", "one", async (value) => void seen.push(value));
  const bad = broker.provider.publish({ id: "x", topic: "fan", body: "{", attributes: {}, headers: {} });
  const results = await Promise.allSettled([broker.publish("fan", 1), bad, broker.publish("fan", 2)]);
  expect(results.map((each) => each.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  await eventually(() => expect(seen.sort()).toEqual([1, 2]));
});

test("retries after growing waits", async () => {
  newBroker();
  const times: number[] = [];
  const attempts: number[] = [];
  broker.subscribe("retry", "one", async (_value, message) => {
    times.push(performance.now());
    attempts.push(message.attempt);
    if (times.length < 4) throw new Error("not yet");
  });
  await broker.publish("retry", {});
  await eventually(() => expect(attempts).toEqual([1, 2, 3, 4]));
  const waits = times.slice(1).map((time, index) => time - times[index]!);
  for (const [index, planned] of [100, 200, 400].entries()) {
    expect(waits[index]).toBeGreaterThanOrEqual(planned - 2);
    expect(waits[index]).toBeLessThan(planned + 250);
  }
  await eventually(async () => expect(await rowsOf("retry")).toBe(0));
});

test("keeps a message as a dead letter after its last retry, and says so", async () => {
  newBroker();
  let attempts = 0;
  broker.subscribe(
    "dead",
    "one",
    async () => {
      attempts++;
      throw new Error("never");
    },
    { retry: { minBackoffMs: 1, maxBackoffMs: 1, maxRetries: 2 } },
  );
  const id = await broker.publish("dead", { n: 1 });
  await eventually(async () => expect(await rowsOf("dead")).toBe(0));
  expect(attempts).toBe(3);
  const [row] = await database.sql`select * from axion_pubsub.dead_letter where message_id = ${id}`;
  expect(row).toMatchObject({ topic: "dead", subscription: "one", attempt: 3, body: { n: 1 } });
  expect(row?.error).toContain("never");
  expect(broker.logged.filter((entry) => entry.level === "error")).toMatchObject([
    { fields: { message_id: id } },
  ]);
});

test("runs no more handlers at once than allowed", async () => {
  newBroker();
  let running = 0;
  let most = 0;
  let done = 0;
  broker.subscribe(
    "limit",
    "one",
    async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running--;
      done++;
    },
    { concurrency: 3 },
  );
  await Promise.all(Array.from({ length: 60 }, (_, n) => broker.publish("limit", n)));
  await eventually(() => expect(done).toBe(60));
  expect(most).toBe(3);
});

test("keeps the order of a key, one at a time, also when messages fail or are published without waiting", async () => {
  const brokersHere = [newBroker(), newBroker()];
  const seen = new Map<string, number[]>();
  const running = new Set<string>();
  let overlaps = 0;
  const failed = new Set<string>();
  for (const each of brokersHere) {
    each.subscribe("order", "one", async (value) => {
      const { key, n } = value as { key: string; n: number };
      if (running.has(key)) overlaps++;
      running.add(key);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 4));
      running.delete(key);
      if (n % 7 === 3 && !failed.has(`${key} ${n}`)) {
        failed.add(`${key} ${n}`);
        throw new Error("once");
      }
      seen.set(key, [...(seen.get(key) ?? []), n]);
    });
  }
  const published: Promise<string>[] = [];
  for (let n = 0; n < 30; n++) {
    for (const key of ["a", "b", "c", "d", "e"]) published.push(broker.publish("order", { key, n }, key));
  }
  await Promise.all(published);
  const expected = Array.from({ length: 30 }, (_, n) => n);
  await eventually(() => expect([...seen.values()]).toEqual(Array(5).fill(expected)), 30_000);
  expect(overlaps).toBe(0);
  await eventually(async () => expect(await rowsOf("order")).toBe(0));
}, 40_000);

test("gives keys turns: a message does not wait for all that other keys have waiting", async () => {
  const here = newBroker();
  await Promise.all(Array.from({ length: 300 }, (_, n) => here.publish("turns", n, `flood ${n % 3}`)));
  await here.publish("turns", "late", "other");
  const seen: unknown[] = [];
  here.subscribe("turns", "one", async (value) => void seen.push(value), { concurrency: 1 });
  await eventually(() => expect(seen).toHaveLength(301));
  expect(seen.indexOf("late")).toBeLessThan(100);
});

test("gives tenants turns, however many keys one of them has", async () => {
  const here = newBroker();
  const flood = Array.from({ length: 100 }, (_, n) => here.publish("tenants", n, `flood:${n}`, "flood"));
  await Promise.all([...flood, here.publish("tenants", "no tenant's", "key")]);
  await here.publish("tenants", "late", "quiet:1", "quiet");
  const seen: unknown[] = [];
  here.subscribe("tenants", "one", async (value) => void seen.push(value), { concurrency: 1 });
  await eventually(() => expect(seen).toHaveLength(102));
  expect(seen.indexOf("late")).toBeLessThan(5);
  expect(seen.indexOf("no tenant's")).toBeLessThan(5);
});

test("keeps a quarter of the slots from a tenant whose handlers do not end, and goes on with it when they do", async () => {
  const here = newBroker();
  const running = new Set<unknown>();
  const done: unknown[] = [];
  const release = Promise.withResolvers<void>();
  here.subscribe(
    "share",
    "one",
    async (value) => {
      running.add(value);
      if (typeof value === "number") await release.promise;
      done.push(value);
    },
    { concurrency: 8 },
  );
  await Promise.all(Array.from({ length: 40 }, (_, n) => here.publish("share", n, `flood:${n}`, "flood")));
  await eventually(() => expect(running.size).toBe(6));
  await here.publish("share", "quiet", "quiet:1", "quiet");
  await eventually(() => expect(done).toEqual(["quiet"]));
  expect(running.size).toBe(7);
  release.resolve();
  await eventually(() => expect(done).toHaveLength(41));
});

test("gives a tenant fewer slots while another is active, and the others back when it is alone", async () => {
  const here = newBroker();
  const running = new Set<unknown>();
  const done: unknown[] = [];
  const release = Promise.withResolvers<void>();
  here.subscribe(
    "beside",
    "one",
    async (value) => {
      running.add(value);
      if (typeof value === "number") await release.promise;
      done.push(value);
    },
    { concurrency: 8 },
  );
  await here.publish("beside", "first", "quiet:1", "quiet");
  await here.publish("beside", "second", "flood:first", "flood");
  await eventually(() => expect(done).toEqual(["first", "second"]));
  await Promise.all(Array.from({ length: 40 }, (_, n) => here.publish("beside", n, `flood:${n}`, "flood")));
  await here.publish("beside", "third", "quiet:1", "quiet");
  await eventually(() => expect(done).toContain("third"));
  expect(running.size).toBe(3 + 4);
  await eventually(() => expect(running.size).toBe(3 + 6), 30_000);
  release.resolve();
  await eventually(() => expect(done).toHaveLength(43));
}, 40_000);

test("handles all of a flood beside another tenant's messages once, in order per key", async () => {
  const here = newBroker();
  const seen = new Map<string, number[]>();
  const value = (key: string, n: number) => ({ key, n });
  const flood = (n: number) =>
    ["a", "b", "c", "d"].map((key) => here.publish("pace", value(key, n), `flood:${key}`, "flood"));
  await Promise.all(Array.from({ length: 100 }, (_, n) => flood(n)).flat());
  here.subscribe(
    "pace",
    "one",
    async (given) => {
      const { key, n } = given as ReturnType<typeof value>;
      seen.set(key, [...(seen.get(key) ?? []), n]);
    },
    { concurrency: 4 },
  );
  for (let n = 0; n < 100; n++) await here.publish("pace", value("quiet", n), "quiet:1", "quiet");
  const expected = Array.from({ length: 100 }, (_, n) => n);
  await eventually(() => expect([...seen.values()]).toEqual(Array(5).fill(expected)), 30_000);
}, 40_000);

test("goes on with a key after a message of it was given up", async () => {
  newBroker();
  const seen: number[] = [];
  broker.subscribe(
    "order",
    "one",
    async (value) => {
      if (value === 1) throw new Error("never");
      seen.push(value as number);
    },
    { retry: { minBackoffMs: 10, maxBackoffMs: 10, maxRetries: 1 } },
  );
  for (let n = 0; n < 4; n++) void broker.publish("order", n, "k");
  await eventually(() => expect(seen).toEqual([0, 2, 3]));
});

test("a stopped consumer finishes what runs and gives back what it has not started", async () => {
  const first = newBroker();
  const second = newBroker();
  const finished: unknown[] = [];
  const later: { value: unknown; attempt: number }[] = [];
  const started = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const consumer = first.subscribe("stop", "one", async (value) => {
    started.resolve();
    await release.promise;
    finished.push(value);
  });
  await Promise.all([0, 1, 2].map((n) => first.publish("stop", n, "same key")));
  await started.promise;
  const stopped = consumer.stop();
  release.resolve();
  await stopped;
  expect(finished).toEqual([0]);
  second.subscribe("stop", "one", async (value, { attempt }) => void later.push({ value, attempt }));
  await eventually(() =>
    expect(later).toEqual([
      { value: 1, attempt: 1 },
      { value: 2, attempt: 1 },
    ]),
  );
});

test("warns of a handler that outlives its deadline, without delivering the message again", async () => {
  newBroker();
  let deliveries = 0;
  const release = Promise.withResolvers<void>();
  broker.subscribe(
    "slow",
    "one",
    async () => {
      deliveries++;
      await release.promise;
    },
    { ackDeadlineMs: 50 },
  );
  await broker.publish("slow", {});
  await eventually(() => expect(broker.logged.map((entry) => entry.level)).toEqual(["warn"]));
  release.resolve();
  await eventually(async () => expect(await rowsOf("slow")).toBe(0));
  expect(deliveries).toBe(1);
});

test("survives the loss of its connections without losing or repeating what it handles", async () => {
  newBroker();
  const seen: unknown[] = [];
  const release = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  broker.subscribe("lost", "one", async (value) => {
    if (value === "long") {
      started.resolve();
      await release.promise;
    }
    seen.push(value);
  });
  await broker.publish("lost", "long");
  await started.promise;
  await database.sql`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name like 'axion-pubsub%' and datname = current_database()`;
  await eventually(() => broker.publish("lost", "after").then(() => undefined));
  await eventually(() => expect(seen).toContain("after"));
  release.resolve();
  await eventually(async () => expect(await rowsOf("lost")).toBe(0));
  expect(seen.filter((value) => value === "long")).toEqual(["long"]);
});

test("gives up a message whose process ended again and again while handling it", async () => {
  newBroker();
  const id = await broker.publish("poison", {});
  await database.sql`update axion_pubsub.delivery set attempt = 20 where message_id = ${id}`;
  let deliveries = 0;
  broker.subscribe("poison", "one", async () => void deliveries++);
  await eventually(async () => expect(await rowsOf("poison")).toBe(0));
  expect(deliveries).toBe(0);
  expect(broker.logged.map((entry) => entry.level)).toEqual(["error"]);
});

test("removes undelivered messages after their retention, and goes on with their keys", async () => {
  newBroker();
  await broker.publish("purge", "old", "k");
  await broker.publish("purge", "new", "k");
  await database.sql`
    update axion_pubsub.delivery set published_at = now() - interval '2 minutes' where body::text = '"old"'`;
  const [purged] = await database.sql`select axion_pubsub.purge()::int as count`;
  expect(purged?.count).toBe(1);
  const seen: unknown[] = [];
  broker.subscribe("purge", "one", async (value) => void seen.push(value));
  await eventually(() => expect(seen).toEqual(["new"]));
});

test("a subscription that the model no longer has gets no new messages", async () => {
  newBroker();
  const remaining = SUBSCRIPTIONS.filter((each) => each.topic !== "limit");
  await preparePubSub(database.url, { subscriptions: remaining });
  await broker.publish("limit", 1);
  expect(await rowsOf("limit")).toBe(0);
  await preparePubSub(database.url, { subscriptions: SUBSCRIPTIONS });
  await broker.publish("limit", 2);
  expect(await rowsOf("limit")).toBe(1);
});
