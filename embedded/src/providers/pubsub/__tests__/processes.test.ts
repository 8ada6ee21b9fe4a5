import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { eventually, TestBroker } from "./test-broker.js";
import { createTestDatabase, subscription, type TestDatabase } from "./test-database.js";
import { WorkerHandle } from "./worker-handle.js";

const MESSAGES = 20_000;

let database: TestDatabase;
let broker: TestBroker;

beforeAll(async () => {
  database = await createTestDatabase(
    ["kill", "share", "many", "drain", "order"].map((topic) => subscription(topic, "one")),
  );
  broker = new TestBroker(database.url);
}, 60_000);
afterAll(async () => {
  await broker.close();
  await database.drop();
});

const workers: WorkerHandle[] = [];
async function startWorker(
  topic: string,
  options: { concurrency?: number; handlerMs?: number } = {},
): Promise<WorkerHandle> {
  const worker = await WorkerHandle.start({
    pubsub: { provider: "postgres", connectionString: database.url },
    topics: [topic],
    concurrency: 10,
    handlerMs: 0,
    ...options,
  });
  workers.push(worker);
  return worker;
}
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.end("SIGKILL")));
});

test("messages of a killed process are delivered to another within 10 seconds", async () => {
  const first = await startWorker("kill");
  await broker.publish("kill", "hang", "key");
  await broker.publish("kill", "after it", "key");
  await eventually(() => expect(first.started).toEqual(["hang"]));
  await first.end("SIGKILL");
  const killed = performance.now();
  const second = await startWorker("kill");
  await eventually(() => expect(second.started).toEqual(["hang"]));
  expect(performance.now() - killed).toBeLessThan(10_000);
}, 30_000);

test("a process that lives keeps its messages, however long their handlers take", async () => {
  const first = await startWorker("kill");
  await eventually(() => expect(first.started).toEqual(["hang"]));
  const second = await startWorker("kill");
  // Both look for dead workers every two seconds: let them look twice.
  await new Promise((resolve) => setTimeout(resolve, 4_500));
  expect(second.started).toEqual([]);
}, 30_000);

test("two processes share the work", async () => {
  const pair = await Promise.all([
    startWorker("share", { handlerMs: 5 }),
    startWorker("share", { handlerMs: 5 }),
  ]);
  await Promise.all(Array.from({ length: 400 }, (_, n) => broker.publish("share", n)));
  await eventually(() => expect(pair[0].handled.length + pair[1].handled.length).toBe(400));
  expect(Math.min(...pair.map((worker) => worker.handled.length))).toBeGreaterThan(50);
}, 30_000);

test("keeps the order of a key across processes, one of which is killed", async () => {
  const pair = await Promise.all([
    startWorker("order", { handlerMs: 2 }),
    startWorker("order", { handlerMs: 2 }),
  ]);
  for (let n = 0; n < 100; n++) {
    await Promise.all(["a", "b", "c", "d"].map((key) => broker.publish("order", { key, n }, key)));
    if (n === 50) await pair[0].end("SIGKILL");
  }
  const all = (): { key: string; n: number }[] =>
    pair.flatMap((worker) => worker.handled.map((each) => each.value as { key: string; n: number }));
  await eventually(() => expect(new Set(all().map(({ key, n }) => `${key} ${n}`)).size).toBe(400), 15_000);
  for (const worker of pair) {
    for (const key of ["a", "b", "c", "d"]) {
      const numbers = worker.handled
        .map((each) => each.value as { key: string; n: number })
        .filter((value) => value.key === key)
        .map((value) => value.n);
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    }
  }
}, 40_000);

test("loses nothing of 20,000 messages while a process is killed in the middle", async () => {
  const pair = await Promise.all([
    startWorker("many", { concurrency: 50, handlerMs: 1 }),
    startWorker("many", { concurrency: 50, handlerMs: 1 }),
  ]);
  for (let from = 0; from < MESSAGES; from += 1_000) {
    await Promise.all(
      Array.from({ length: 1_000 }, (_, n) => broker.publish("many", from + n, `key ${n % 200}`)),
    );
    if (from === MESSAGES / 2) await pair[0].end("SIGKILL");
  }
  const handled = (): Set<unknown> =>
    new Set(pair.flatMap((worker) => worker.handled.map((each) => each.value)));
  await eventually(() => expect(handled().size).toBe(MESSAGES), 60_000);
  await eventually(async () => {
    const [row] = await database.sql`select count(*)::int as count from axion_pubsub.delivery d
      join axion_pubsub.subscription s on s.id = d.subscription where s.topic = 'many'`;
    expect(row?.count).toBe(0);
  });
}, 90_000);

test("on SIGTERM finishes what runs, records it, and leaves the rest to others", async () => {
  const first = await startWorker("drain", { concurrency: 5, handlerMs: 300 });
  await Promise.all(Array.from({ length: 20 }, (_, n) => broker.publish("drain", n)));
  await eventually(() => expect(first.started.length).toBe(5));
  await first.end("SIGTERM");
  expect(first.stopped).toBe(true);
  expect(first.handled.map((each) => each.value).sort()).toEqual([...first.started].sort());
  const second = await startWorker("drain", { concurrency: 20 });
  await eventually(() => expect(first.handled.length + second.handled.length).toBe(20));
  expect(new Set([...first.handled, ...second.handled].map((each) => each.value)).size).toBe(20);
  expect(second.handled.every((each) => each.attempt === 1)).toBe(true);
}, 30_000);
