import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { CronJob } from "../../../model/app-model.js";
import { eventually } from "../../../providers/pubsub/__tests__/test-broker.js";
import { createTestDatabase, type TestDatabase } from "../../../providers/pubsub/__tests__/test-database.js";
import { Cron } from "../../cron.js";
import { CronLedger } from "../ledger.js";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase([]);
}, 60_000);
afterAll(() => database.drop());

const crons: Cron[] = [];
afterEach(async () => {
  for (const cron of crons.splice(0)) await end(cron);
});

async function end(cron: Cron): Promise<void> {
  cron.stop();
  await cron.drained();
  await cron.close();
}

function job(name: string, schedule: CronJob["schedule"] = { everyMs: 60_000 }): CronJob {
  return {
    name,
    title: name,
    schedule,
    endpoint: { service: "s", name: "run" },
    place: { file: "c.ts", line: 1, column: 1 },
  };
}

/** A process's cron, as far as the database can tell: it has its own connection. */
function start(jobs: CronJob[], call: (job: CronJob) => Promise<void>): Cron {
  const cron = new Cron(jobs, new CronLedger(database.url), call);
  crons.push(cron);
  return cron;
}

async function row(
  name: string,
): Promise<{ next_run: Date; unfinished: Date | null; last_error: string | null } | undefined> {
  const [found] = await database.sql<
    { next_run: Date; unfinished: Date | null; last_error: string | null }[]
  >`
    select next_run, unfinished, last_error from axion_cron.job where name = ${name}`;
  return found;
}

/** Makes a job due, as if its time had come. */
async function makeDue(name: string, agoMs = 1_000): Promise<void> {
  const tick = new Date(Date.now() - agoMs);
  await database.sql`update axion_cron.job set next_run = ${tick}, unfinished = null where name = ${name}`;
}

async function registered(name: string): Promise<void> {
  await eventually(async () => expect(await row(name)).toBeDefined());
}

test("of several processes one runs a tick that is due", async () => {
  const first = start([job("one")], async () => {});
  await registered("one");
  await end(first);
  crons.length = 0;
  await makeDue("one");
  let runs = 0;
  for (let i = 0; i < 4; i++) start([job("one")], async () => void runs++);
  await eventually(async () => expect((await row("one"))?.next_run.getTime()).toBeGreaterThan(Date.now()));
  for (const cron of crons.splice(0)) await end(cron);
  expect(runs).toBe(1);
});

test("a tick that passed during a restart is made up for, once", async () => {
  await end(start([job("missed")], async () => {}));
  crons.length = 0;
  await registered("missed");
  await makeDue("missed", 5 * 60_000);
  let runs = 0;
  start([job("missed")], async () => void runs++);
  await eventually(() => expect(runs).toBe(1));
  await eventually(async () => expect((await row("missed"))?.unfinished).toBeNull());
  expect((await row("missed"))!.next_run.getTime() - Date.now()).toBeLessThanOrEqual(60_000);
});

test("a run that was cut off is done again by another process", async () => {
  const forever = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  await end(start([job("cut")], async () => {}));
  crons.length = 0;
  await registered("cut");
  await makeDue("cut");
  let second = 0;
  start([job("cut")], () => {
    started.resolve();
    second++;
    return forever.promise;
  });
  await started.promise;
  expect(second).toBe(1);
  let third = 0;
  start([job("cut")], async () => void third++);
  await database.sql`select pg_terminate_backend(pid) from pg_stat_activity, axion_cron.job
    where application_name = 'axion-cron' and name = 'cut'
    and pid in (select pid from pg_locks where locktype = 'advisory' and objsubid = 2 and objid::int = hashtext('cut'))`;
  await eventually(() => expect(third).toBe(1));
  forever.resolve();
});

test("runs of a job do not overlap, and a failure is recorded", async () => {
  let running = 0;
  let most = 0;
  let runs = 0;
  const call = async (): Promise<void> => {
    most = Math.max(most, ++running);
    if (++runs === 1) await makeDueWhileRunning();
    running--;
    throw new Error("no luck");
  };
  async function makeDueWhileRunning(): Promise<void> {
    await database.sql`update axion_cron.job set next_run = date_trunc('second', now()) where name = 'overlap'`;
    start([job("overlap")], call);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await end(start([job("overlap")], async () => {}));
  crons.length = 0;
  await makeDue("overlap");
  start([job("overlap")], call);
  await eventually(() => expect(runs).toBe(2));
  await eventually(async () => expect((await row("overlap"))?.last_error).toBe("no luck"));
  expect(most).toBe(1);
});

test("a tick missed by more than an hour waits for the next one", async () => {
  const daily = job("daily", {
    cron: `${(new Date().getUTCMinutes() + 5) % 60} ${(new Date().getUTCHours() + 22) % 24} * * *`,
  });
  await end(start([daily], async () => {}));
  crons.length = 0;
  await makeDue("daily", 10 * 60 * 60_000);
  let runs = 0;
  start([daily], async () => void runs++);
  await eventually(async () => expect((await row("daily"))?.next_run.getTime()).toBeGreaterThan(Date.now()));
  expect(runs).toBe(0);
});

test("a changed schedule starts afresh", async () => {
  await end(start([job("changed", { everyMs: 24 * 60 * 60_000 })], async () => {}));
  crons.length = 0;
  await registered("changed");
  start([job("changed", { everyMs: 60_000 })], async () => {});
  await eventually(async () =>
    expect((await row("changed"))!.next_run.getTime() - Date.now()).toBeLessThanOrEqual(60_000),
  );
});
