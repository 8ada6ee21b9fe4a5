import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { data_processing, tenant_management } from "~encore/clients";
import { type OwnPostgres, startOwnPostgres } from "../../tenant-management/__tests__/own-postgres.js";
import { db } from "../db.js";
import { outboxRelay } from "../outbox-relay.js";
import { outbox } from "../schema.js";
import { triggerWorker, triggerWorld } from "../trigger-worker.js";
import { releaseAllSources } from "../triggers/domain/release-source.js";
import type { TriggerSource } from "../triggers/types.js";
import { newOwnDatabase, type OwnDatabase } from "./own-database.js";
import { between, newRule, recordsOf, settledRuns } from "./trigger-world.js";

let server: OwnPostgres;
const opened: OwnDatabase[] = [];

beforeAll(async () => {
  // What is told stays where it can be looked at.
  await outboxRelay.stop();
  server = await startOwnPostgres({ walLevel: "logical" });
}, 60_000);

afterAll(async () => {
  await triggerWorker.stop();
  await Promise.all(opened.map(({ owner }) => owner.end({ timeout: 1 })));
  await server?.stop();
});

const deals = (more = "") =>
  `CREATE TABLE deals (id integer PRIMARY KEY, status text, amount integer${more});
   CREATE TABLE orders (id integer PRIMARY KEY, status text, amount integer);`;

/** A tenant whose own database has `deals` and `orders`, which its user owns where it may replicate. */
async function ownDeals({ replicates = true, more = "" } = {}): Promise<OwnDatabase> {
  const own = await newOwnDatabase(server, deals(more));
  opened.push(own);
  if (replicates) {
    await server.admin.unsafe(`ALTER ROLE ${own.role} REPLICATION`);
    await own.owner.unsafe(`ALTER TABLE deals OWNER TO ${own.role}; ALTER TABLE orders OWNER TO ${own.role}`);
  }
  const { authData } = own;
  await tenant_management.updateConversionConfig(
    { tenantId: authData.tenantId, automaticConversion: true },
    { authData },
  );
  const fields = [
    { name: "id", type: "integer" as const },
    { name: "status", type: "text" as const },
    { name: "amount", type: "integer" as const },
  ];
  await data_processing.createWorkspaceEntity({ name: "orders", fields, primaryKey: ["id"] }, { authData });
  return own;
}

/** The capture of the tenant's own database, once it runs. */
async function running({ authData }: OwnDatabase): Promise<TriggerSource> {
  const get = () => data_processing.getTriggerSource({ dataSource: "own" }, { authData });
  const state = async () => {
    const { state: now, error } = await get();
    return error ?? now;
  };
  await expect.poll(state, { timeout: 20_000, interval: 50 }).toBe("running");
  return await get();
}

async function slots(own: OwnDatabase): Promise<number> {
  const [row] = await own.owner<{ count: number }[]>`
    SELECT count(*)::integer AS count FROM pg_replication_slots WHERE database = current_database()`;
  return row!.count;
}

/** What people are told of the tenant's captures, once there is something. */
async function warnings({ authData }: OwnDatabase): Promise<unknown[]> {
  const list = async () => {
    const rows = await db.select().from(outbox).where(eq(outbox.topic, "conversion-events"));
    return rows
      .map(({ message }) => message as { tenantId?: string; event?: { type: string } })
      .filter(({ tenantId }) => tenantId === authData.tenantId)
      .flatMap(({ event }) => (event?.type === "trigger-capture-warned" ? [event] : []));
  };
  await expect.poll(async () => (await list()).length, { timeout: 20_000 }).toBeGreaterThan(0);
  return await list();
}

describe("changes of a data source that may replicate", () => {
  it("start rules by values before and after, and the slot goes with the last rule", async () => {
    const own = await ownDeals();
    const { authData, owner } = own;
    const condition = 'new.status == "won" && (old == null || old.status != "won")';
    const rule = await newRule(authData, between("own/deals", "orders", { condition }));
    const capture = await running(own);
    expect(capture).toMatchObject({ mode: "replication", slot: expect.stringMatching(/^axion_/) });
    expect(capture.entities).toEqual([{ entity: "deals", mode: "replication", identityMadeFull: true }]);
    await owner`INSERT INTO deals VALUES (1, 'open', 5), (2, 'won', 6)`;
    await owner`UPDATE deals SET status = 'won' WHERE id = 1`;
    await owner`UPDATE deals SET amount = 7 WHERE id = 2`;
    const runs = await settledRuns(authData, 2);
    expect(runs.map((run) => [run.sourceRecordId, run.operation, run.state])).toEqual([
      ["2", "insert", "completed"],
      ["1", "update", "completed"],
    ]);
    await data_processing.retireRule({ ruleId: rule.id }, { authData });
    await expect.poll(() => slots(own), { timeout: 20_000 }).toBe(0);
    const left = async () =>
      (
        await owner`SELECT (SELECT count(*)::integer FROM pg_publication) AS publications,
          (SELECT relreplident::text FROM pg_class WHERE relname = 'deals') AS identity`
      )[0];
    await expect.poll(left, { timeout: 5_000 }).toEqual({ publications: 0, identity: "d" });
  });

  it("made by rules in a circle are stopped", async () => {
    const own = await ownDeals();
    const { authData, owner } = own;
    const there = await newRule(authData, between("own/deals", "own/orders", {}, 1));
    const back = await newRule(authData, between("own/orders", "own/deals", {}, 1));
    await running(own);
    await expect.poll(async () => (await running(own)).entities.length, { timeout: 20_000 }).toBe(2);
    await owner`INSERT INTO deals VALUES (1, 'a', 1)`;
    const runs = await settledRuns(authData, 3);
    expect(runs.map((run) => [run.ruleId, run.state, run.chain])).toEqual([
      [there.id, "completed", []],
      [back.id, "completed", [there.id]],
      [there.id, "stopped", [there.id, back.id]],
    ]);
  });

  it("are told as lost where the slot was dropped, and noticed again", async () => {
    const own = await ownDeals();
    const { authData, owner } = own;
    await newRule(authData, between("own/deals", "orders"));
    const { slot } = await running(own);
    await owner`SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = ${slot!}`;
    await expect
      .poll(
        async () => {
          try {
            await owner`SELECT pg_drop_replication_slot(${slot!})`;
            return true;
          } catch {
            return false;
          }
        },
        { timeout: 10_000, interval: 5 },
      )
      .toBe(true);
    await expect.poll(() => slots(own), { timeout: 30_000 }).toBe(1);
    await running(own);
    await owner`INSERT INTO deals VALUES (1, 'a', 1)`;
    await settledRuns(authData, 1);
    expect(await recordsOf(authData, "orders")).toHaveLength(1);
  });

  it("are caught up once a right that was taken away is back", async () => {
    const own = await ownDeals();
    const { authData, owner } = own;
    await newRule(authData, between("own/deals", "orders"));
    const { slot } = await running(own);
    await server.admin.unsafe(`ALTER ROLE ${own.role} NOREPLICATION`);
    await owner`SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = ${slot!}`;
    await owner`INSERT INTO deals VALUES (1, 'meanwhile', 1)`;
    const problem = async () =>
      (await data_processing.getTriggerSource({ dataSource: "own" }, { authData })).error ?? "";
    await expect.poll(problem, { timeout: 20_000 }).toContain("permission denied");
    expect(await slots(own)).toBe(1);
    await server.admin.unsafe(`ALTER ROLE ${own.role} REPLICATION`);
    expect((await settledRuns(authData, 1)).map((run) => run.sourceRecordId)).toEqual(["1"]);
    expect((await running(own)).error).toBeUndefined();
  });

  it("of partitions, and of a table without a primary key, start rules, and its owner still changes it", async () => {
    const own = await ownDeals();
    const { authData, owner, role } = own;
    await owner.unsafe(`
      CREATE TABLE parted (id integer PRIMARY KEY, status text, amount integer) PARTITION BY RANGE (id);
      CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10);
      CREATE TABLE unkeyed (id integer NOT NULL UNIQUE, status text, amount integer);
      ALTER TABLE parted OWNER TO ${role}; ALTER TABLE parted_1 OWNER TO ${role};
      ALTER TABLE unkeyed OWNER TO ${role}`);
    const condition = "old != null && old.status != new.status";
    await newRule(authData, between("own/parted", "orders", { condition }));
    await newRule(authData, between("own/unkeyed", "orders", { operations: ["update"] }));
    await expect.poll(async () => (await running(own)).entities.length, { timeout: 20_000 }).toBe(2);
    await owner`INSERT INTO parted VALUES (1, 'a', 1), (2, 'a', 1)`;
    await owner`UPDATE parted SET status = 'b' WHERE id = 1`;
    await owner`INSERT INTO unkeyed VALUES (3, 'a', 1)`;
    await owner`UPDATE unkeyed SET status = 'b'`;
    const runs = await settledRuns(authData, 2);
    expect(runs.map((run) => [run.entity, run.sourceRecordId, run.state])).toEqual([
      ["parted", "1", "completed"],
      ["unkeyed", "3", "completed"],
    ]);
    expect(await releaseAllSources(triggerWorld, authData.tenantId)).toBe(0);
    expect(await slots(own)).toBe(0);
    const [row] = await owner`SELECT array_to_string(array_agg(DISTINCT relreplident), '') AS identities
      FROM pg_class WHERE relname IN ('parted', 'parted_1', 'unkeyed')`;
    expect(row).toEqual({ identities: "d" });
  });

  it("are noticed again after the table was made anew, and people are told", async () => {
    const own = await ownDeals();
    const { authData, owner, role } = own;
    await newRule(authData, between("own/deals", "orders"));
    await running(own);
    await owner`INSERT INTO deals VALUES (1, 'a', 1)`;
    await settledRuns(authData, 1);
    await owner.unsafe(`DROP TABLE deals;
      CREATE TABLE deals (id integer PRIMARY KEY, status text, amount integer); ALTER TABLE deals OWNER TO ${role}`);
    expect(await warnings(own)).toMatchObject([{ reason: "changes_lost", dataSource: "own" }]);
    await running(own);
    let id = 1;
    const noticed = async () => {
      await owner`INSERT INTO deals VALUES (${++id}, 'a', 1)`;
      return (await data_processing.listTriggerRuns({}, { authData })).runs.length;
    };
    await expect.poll(noticed, { timeout: 20_000, interval: 200 }).toBeGreaterThan(1);
  });

  it("fail with the reason where a column was renamed, and can be retried once it has its name again", async () => {
    const own = await ownDeals();
    const { authData, owner } = own;
    await newRule(authData, between("own/deals", "orders"));
    await running(own);
    await owner`INSERT INTO deals VALUES (1, 'a', 1)`;
    await settledRuns(authData, 1);
    await owner`ALTER TABLE deals RENAME COLUMN amount TO total`;
    await owner`INSERT INTO deals VALUES (2, 'a', 1)`;
    const run = (await settledRuns(authData, 2))[1]!;
    expect(run).toMatchObject({ sourceRecordId: "2", state: "failed", reason: "rule_broken" });
    await owner`ALTER TABLE deals RENAME COLUMN total TO amount`;
    await data_processing.retryTriggerRun({ runId: run.id }, { authData });
    expect((await settledRuns(authData, 2))[1]).toMatchObject({ state: "completed" });
  });

  it("are told of once where their slot keeps more of the log than it may", async () => {
    const permitted = triggerWorld.mostRetainedBytes;
    triggerWorld.mostRetainedBytes = -1;
    try {
      const own = await ownDeals();
      await newRule(own.authData, between("own/deals", "orders"));
      const { slot } = await running(own);
      expect(await warnings(own)).toMatchObject([{ reason: "wal_retained", slot }]);
    } finally {
      triggerWorld.mostRetainedBytes = permitted;
    }
  });

  it("whose slot cannot be removed hold up neither a purge nor the end of the data source", async () => {
    const own = await ownDeals();
    const { authData } = own;
    await newRule(authData, between("own/deals", "orders"));
    const { slot } = await running(own);
    await server.admin.unsafe(`ALTER ROLE ${own.role} PASSWORD 'another one'`);
    expect(await releaseAllSources(triggerWorld, authData.tenantId)).toBe(1);
    await tenant_management.deleteDataSource({ tenantId: authData.tenantId, source: "own" }, { authData });
    expect(await warnings(own)).toMatchObject([{ reason: "wal_retained", slot }]);
  });

  it("leave no slot behind where an operator stops them", async () => {
    const own = await ownDeals();
    const { authData, owner } = own;
    const dataSource = "own";
    await newRule(authData, between("own/deals", "orders"));
    await running(own);
    await data_processing.stopTriggerSource({ dataSource }, { authData });
    await expect.poll(() => slots(own), { timeout: 20_000 }).toBe(0);
    await owner`INSERT INTO deals VALUES (1, 'a', 1)`;
    await data_processing.startTriggerSource({ dataSource }, { authData });
    await running(own);
    await owner`INSERT INTO deals VALUES (2, 'a', 1)`;
    expect((await settledRuns(authData, 1)).map((run) => run.sourceRecordId)).toEqual(["2"]);
  });
});

describe("changes of a data source that may not replicate", () => {
  it("made by rules in a circle are stopped, found by the links of conversions", async () => {
    const own = await ownDeals({
      replicates: false,
      more: ", updated_at timestamptz NOT NULL DEFAULT now()",
    });
    const { authData, owner } = own;
    await owner.unsafe("ALTER TABLE orders ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now()");
    const there = await newRule(authData, between("own/deals", "own/orders", {}, 1));
    const back = await newRule(authData, between("own/orders", "own/deals", {}, 1));
    await expect.poll(async () => (await running(own)).entities.length, { timeout: 20_000 }).toBe(2);
    await owner`INSERT INTO deals VALUES (1, 'a', 1)`;
    const runs = await settledRuns(authData, 3);
    expect(runs.map((run) => [run.ruleId, run.state, run.chain])).toEqual([
      [there.id, "completed", []],
      [back.id, "completed", [there.id]],
      [there.id, "stopped", [there.id, back.id]],
    ]);
  });
  it("are replicated once that is permitted, from where polling ended", async () => {
    const own = await ownDeals({
      replicates: false,
      more: ", updated_at timestamptz NOT NULL DEFAULT now()",
    });
    const { authData, owner, role } = own;
    await newRule(authData, between("own/deals", "orders"));
    expect(await running(own)).toMatchObject({ mode: "polling" });
    await server.admin.unsafe(`ALTER ROLE ${role} REPLICATION`);
    await owner.unsafe(`ALTER TABLE deals OWNER TO ${role}; ALTER TABLE orders OWNER TO ${role}`);
    await owner`INSERT INTO deals VALUES (1, 'a', 1)`;
    await newRule(authData, between("own/orders", "orders"));
    await expect.poll(async () => (await running(own)).mode, { timeout: 20_000 }).toBe("replication");
    await owner`INSERT INTO deals VALUES (2, 'a', 1)`;
    const runs = await settledRuns(authData, 2);
    expect(new Set(runs.map((run) => run.sourceRecordId))).toEqual(new Set(["1", "2"]));
  });

  it("are polled by a field that grows, with the reason; one version of a record counts once", async () => {
    const own = await ownDeals({
      replicates: false,
      more: ", updated_at timestamptz NOT NULL DEFAULT now()",
    });
    const { authData, owner } = own;
    await owner`INSERT INTO deals VALUES (1, 'before', 1)`;
    await newRule(authData, between("own/deals", "orders"));
    const capture = await running(own);
    expect(capture).toMatchObject({ mode: "polling", reason: expect.stringContaining("permission denied") });
    expect(capture.entities).toMatchObject([{ entity: "deals", mode: "polling", watermark: "updated_at" }]);
    await owner`INSERT INTO deals VALUES (2, 'a', 1)`;
    await settledRuns(authData, 1);
    // Written late: an earlier time than what was read already.
    await owner`INSERT INTO deals VALUES (3, 'late', 1, now() - interval '20 seconds')`;
    await settledRuns(authData, 2);
    await owner`UPDATE deals SET status = 'b', updated_at = now() WHERE id = 2`;
    const runs = await settledRuns(authData, 3);
    expect(runs.map((run) => run.sourceRecordId)).toEqual(["2", "3", "2"]);
  });

  it("fail for a condition that asks for the values before, and say so", async () => {
    const own = await ownDeals({
      replicates: false,
      more: ", updated_at timestamptz NOT NULL DEFAULT now()",
    });
    const { authData, owner } = own;
    await newRule(authData, between("own/deals", "orders", { condition: "old.amount != new.amount" }));
    await running(own);
    await owner`INSERT INTO deals VALUES (1, 'a', 1)`;
    const [run] = await settledRuns(authData, 1);
    expect(run).toMatchObject({ state: "failed", reason: "old_values_unknown" });
  });
});
