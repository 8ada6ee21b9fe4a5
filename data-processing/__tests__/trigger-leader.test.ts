import { randomUUID } from "node:crypto";
import postgres from "postgres";
import { afterAll, expect, it } from "vitest";
import { connectionString } from "../db.js";
import { triggerWorker } from "../trigger-worker.js";
import { LeaderLocks } from "../triggers/domain/leader-locks.js";

afterAll(async () => {
  await triggerWorker.stop();
});

it("lets one instance lead until it ends, then another one", async () => {
  const name = randomUUID();
  const [first, second] = [new LeaderLocks(connectionString), new LeaderLocks(connectionString)];
  expect(await first.lead(name)).toBe(true);
  expect(await first.lead(name)).toBe(true);
  expect(await second.lead(name)).toBe(false);
  await first.close();
  await expect.poll(() => second.lead(name), { timeout: 5_000 }).toBe(true);
  await second.leave(name);
  await second.close();
});

it("knows that it leads no more where its connection was cut and another one came first", async () => {
  const name = randomUUID();
  const [first, second] = [new LeaderLocks(connectionString), new LeaderLocks(connectionString)];
  const sql = postgres(connectionString, { max: 1 });
  expect(await first.lead(name)).toBe(true);
  await sql`SELECT pg_terminate_backend(l.pid) FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted
    AND (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended(${`axion triggers ${name}`}, 0)`;
  await expect.poll(() => second.lead(name), { timeout: 5_000 }).toBe(true);
  await expect.poll(() => first.lead(name).catch(() => undefined), { timeout: 5_000 }).toBe(false);
  await Promise.all([first.close(), second.close(), sql.end()]);
});
