import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { data_processing } from "~encore/clients";
import { newCaller } from "../../shared/__tests__/callers.js";
import type { CallerIdentity } from "../../shared/tenancy/identity.js";
import { type OwnPostgres, startOwnPostgres } from "../../tenant-management/__tests__/own-postgres.js";
import { runJob } from "../entity-conversion/domain/run-job.js";
import type { ConversionJob, RuleDefinitionInput } from "../entity-conversion/types.js";
import { jobWorker } from "../job-worker.js";
import { outboxRelay } from "../outbox-relay.js";
import { claimFor, contacts, runner, toldRecords } from "./job-world.js";
import { newOwnDatabase, type OwnDatabase, peopleTable, ruleIntoWorkspace } from "./own-database.js";

let server: OwnPostgres;
const opened: OwnDatabase[] = [];
const idle = new AbortController().signal;

beforeAll(async () => {
  await Promise.all([jobWorker.stop(), outboxRelay.stop()]);
  server = await startOwnPostgres();
}, 60_000);

afterAll(async () => {
  await Promise.all(opened.map(({ owner }) => owner.end({ timeout: 1 })));
  await server?.stop();
});

async function ownDatabase(
  tables: string,
  settings?: Parameters<typeof newOwnDatabase>[2],
): Promise<OwnDatabase> {
  const own = await newOwnDatabase(server, tables, settings);
  opened.push(own);
  return own;
}

/** Runs a job in batches of ten, and does something to the world after a batch. */
async function runWith(
  ruleId: string,
  authData: CallerIdentity,
  afterBatch: (batch: number) => Promise<unknown> = async () => {},
): Promise<ConversionJob> {
  const { id } = await data_processing.startJob({ ruleId }, { authData });
  const onBatchWritten = async (_: unknown, batch: number) => {
    await afterBatch(batch);
  };
  const options = { ...runner, batchSize: 10, firstRetryMs: 2, onBatchWritten };
  await runJob(options, await claimFor(id, authData), idle);
  return await data_processing.getJob({ jobId: id }, { authData });
}

/** A rule from the tenant's own people to a table beside them. */
async function ruleWithin(
  { authData }: OwnDatabase,
  change: Partial<RuleDefinitionInput> = {},
): Promise<string> {
  const definition: RuleDefinitionInput = {
    name: "within",
    source: { dataSource: "own", entity: "people" },
    target: { dataSource: "own", entity: "contacts" },
    naturalKey: ["id"],
    mappings: [
      { target: "id", column: "id" },
      { target: "name", expression: "upper(record.first_name)" },
    ],
    ...change,
  };
  return (await data_processing.createRule({ definition }, { authData })).id;
}

const contactsTable = "CREATE TABLE contacts (id integer PRIMARY KEY, name text)";

describe("a source", () => {
  it("that drops connections in the middle of a job costs nothing", async () => {
    const own = await ownDatabase(peopleTable(45));
    const ruleId = await ruleIntoWorkspace(own);
    const job = await runWith(ruleId, own.authData, () => own.drop());
    expect(job).toMatchObject({
      state: "completed",
      executor: "streaming",
      processed: 45,
      converted: 45,
      failed: 0,
    });
    expect(await contacts(own.authData)).toHaveLength(45);
    expect(new Set(await toldRecords(job.id)).size).toBe(45);
  });

  it("that hangs for a while is waited for; one that hangs on ends the job and says so", async () => {
    const own = await ownDatabase(peopleTable(95), { statementTimeoutMs: 1_000 });
    const ruleId = await ruleIntoWorkspace(own);
    const lockFor = (ms: number) =>
      new Promise<void>((locked) => {
        own.owner
          .begin(async (tx) => {
            await tx`LOCK TABLE people IN ACCESS EXCLUSIVE MODE`;
            locked();
            await tx`SELECT pg_sleep(${ms / 1000})`;
          })
          .catch(() => "cancelled, or at its end");
      });
    const late = await runWith(ruleId, own.authData, (batch) =>
      batch === 1 ? lockFor(1_500) : Promise.resolve(),
    );
    expect(late).toMatchObject({ state: "completed", converted: 95 });
    const stuck = await runWith(ruleId, own.authData, (batch) =>
      batch === 2 ? lockFor(60_000) : Promise.resolve(),
    );
    expect(stuck.state).toBe("failed");
    // What was read ahead is converted still.
    expect(stuck.processed).toBeGreaterThanOrEqual(10);
    expect(stuck.processed).toBeLessThan(95);
    expect(stuck.error).toContain("took longer than it may");
    await server.admin`SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()`;
  }, 60_000);

  it("that changes its schema in the middle of a job ends it with the reason; corrected, it goes on", async () => {
    const own = await ownDatabase(peopleTable(30));
    const ruleId = await ruleIntoWorkspace(own);
    const rename = (batch: number) =>
      batch === 1 ? own.owner`ALTER TABLE people RENAME first_name TO given_name` : Promise.resolve();
    const job = await runWith(ruleId, own.authData, rename);
    expect(job.state).toBe("failed");
    // The batch behind may have been read ahead.
    expect([10, 20]).toContain(job.converted);
    expect(job.error).toContain("first_name");
    expect(job.error).toContain("changed while the job ran");
    await own.owner`ALTER TABLE people RENAME given_name TO first_name`;
    expect(await runWith(ruleId, own.authData)).toMatchObject({
      state: "completed",
      converted: 30 - job.converted,
      unchanged: job.converted,
    });
  });
});

describe("a target", () => {
  it("whose privileges are lost in the middle of a job ends it; given back, the rest follows", async () => {
    const own = await ownDatabase(`${peopleTable(30)}; ${contactsTable}`);
    const ruleId = await ruleWithin(own);
    const revoke = (batch: number) =>
      batch === 1
        ? own.owner.unsafe(`REVOKE INSERT, UPDATE ON contacts FROM ${own.role}`)
        : Promise.resolve();
    const job = await runWith(ruleId, own.authData, revoke);
    expect(job).toMatchObject({ state: "failed", processed: 10, converted: 10 });
    expect(job.error).toContain("permission denied for table contacts");
    await own.owner.unsafe(`GRANT ALL ON contacts TO ${own.role}`);
    expect(await runWith(ruleId, own.authData)).toMatchObject({
      state: "completed",
      converted: 20,
      unchanged: 10,
    });
    const [count] = await own.owner`SELECT count(*)::integer AS n FROM contacts`;
    expect(count?.n).toBe(30);
  });

  it("whose disk is full is tried again, and ends the job where it stays full", async () => {
    const own = await ownDatabase(
      `${peopleTable(30)}; ${contactsTable}; CREATE SEQUENCE tries; CREATE SEQUENCE full_until;`,
    );
    await own.owner.unsafe(`
      GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO ${own.role};
      CREATE FUNCTION no_space() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF nextval('tries') <= (SELECT last_value FROM full_until) THEN
          RAISE EXCEPTION 'could not extend file "base/1/2": No space left on device' USING ERRCODE = 'disk_full';
        END IF;
        RETURN NULL;
      END $$;
      CREATE TRIGGER space AFTER INSERT ON contacts FOR EACH STATEMENT EXECUTE FUNCTION no_space();
      SELECT setval('full_until', 6);`);
    const ruleId = await ruleWithin(own);
    expect(await runWith(ruleId, own.authData)).toMatchObject({
      state: "completed",
      converted: 30,
      failed: 0,
    });
    await own.owner`DELETE FROM contacts`;
    await own.owner`DELETE FROM axion.links`;
    await own.owner`SELECT setval('full_until', 1000000)`;
    const job = await runWith(ruleId, own.authData);
    expect(job).toMatchObject({ state: "failed", processed: 0 });
    expect(job.error).toContain("No space left on device");
    await own.owner`SELECT setval('full_until', 1)`;
    expect(await runWith(ruleId, own.authData)).toMatchObject({ state: "completed", converted: 30 });
  }, 60_000);
});

describe("a record", () => {
  it("that the target cannot hold fails alone, with its reason", async () => {
    const own = await ownDatabase(`
      CREATE TABLE people (id integer PRIMARY KEY, code text, short text, small bigint, price numeric);
      INSERT INTO people VALUES (1, 'a', 'x', 1, 1), (2, 'a', 'x', 1, 1), (3, 'c', 'too long', 1, 1),
        (4, 'd', 'x', 99999999999, 1), (5, 'e', 'x', 1, 12345678), (6, 'f', 'x', 1, 'NaN'), (7, 'g', 'x', 1, 2);
      CREATE TABLE contacts (id integer PRIMARY KEY, code text UNIQUE, short varchar(3), small integer, price numeric(6, 2) CHECK (price <> 'NaN'));`);
    const fields = ["id", "code", "short", "small", "price"];
    const mappings = fields.map((name) => ({ target: name, column: name }));
    const ruleId = await ruleWithin(own, { mappings });
    const preview = await data_processing.previewSample({ ruleId }, { authData: own.authData });
    expect(preview.effects).toEqual({ create: 2, update: 0, unchanged: 0, skip: 0, fail: 5 });
    const job = await runWith(ruleId, own.authData);
    expect(job).toMatchObject({ state: "completed", converted: 2, failed: 5 });
    const { failures } = await data_processing.listJobFailures({ jobId: job.id }, { authData: own.authData });
    expect(failures.map(({ sourceRecordId, reason }) => [sourceRecordId, reason.code])).toEqual([
      ["2", "target_constraint"],
      ["3", "target_value"],
      ["4", "target_value"],
      ["5", "target_value"],
      ["6", "target_constraint"],
    ]);
  });

  it("with NaN, infinity or the year 10000 is copied as it is, and fails where an expression reads it", async () => {
    const own = await ownDatabase(`
      CREATE TABLE people (id integer PRIMARY KEY, amount double precision, at timestamptz);
      INSERT INTO people VALUES (1, 'NaN', now()), (2, 'Infinity', now()), (3, 1, 'infinity'), (4, 1, '10000-01-01T00:00:00Z'),
        (5, 2, '2026-01-01T00:00:00Z');
      CREATE TABLE contacts (id integer PRIMARY KEY, amount double precision, at timestamptz, more double precision, year integer);`);
    const copied = ["id", "amount", "at"].map((name) => ({ target: name, column: name }));
    const copies = await ruleWithin(own, { mappings: copied });
    expect(await runWith(copies, own.authData)).toMatchObject({ converted: 5, failed: 0 });
    const [same] =
      await own.owner`SELECT count(*)::integer AS n FROM people p JOIN contacts c USING (id, amount, at)`;
    expect(same?.n).toBe(5);
    const computed = [
      { target: "more", expression: "record.amount + 1.0" },
      { target: "year", expression: "year(record.at)" },
    ];
    const computes = await ruleWithin(own, { name: "computes", mappings: [...copied, ...computed] });
    const job = await runWith(computes, own.authData);
    expect(job).toMatchObject({ converted: 1, failed: 4 });
    expect(job.failureReasons.map(({ code, path, count }) => [code, path, count]).sort()).toEqual([
      ["expression_failed", "mappings[3].expression", 2],
      ["expression_failed", "mappings[4].expression", 2],
    ]);
  });

  it("that is no valid UTF-8 fails alone", async () => {
    const databaseOptions =
      "ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0";
    const tables = `CREATE TABLE people (id integer PRIMARY KEY, first_name text);
      INSERT INTO people VALUES (1, 'fine'), (2, convert_from('\\xff41'::bytea, 'SQL_ASCII')), (3, 'fine too')`;
    const own = await ownDatabase(tables, { databaseOptions });
    const ruleId = await ruleIntoWorkspace(own);
    const job = await runWith(ruleId, own.authData);
    expect(job).toMatchObject({ state: "completed", converted: 2, failed: 1 });
    const { failures } = await data_processing.listJobFailures({ jobId: job.id }, { authData: own.authData });
    expect(failures).toMatchObject([{ sourceRecordId: "2", reason: { code: "source_value" } }]);
  });
});

describe("another tenant's data source", () => {
  it("is like none", async () => {
    const own = await ownDatabase(peopleTable(1));
    const stranger = newCaller();
    const definition: RuleDefinitionInput = {
      name: "theirs",
      source: { dataSource: "own", entity: "people" },
      target: { dataSource: "own", entity: "people" },
      naturalKey: ["id"],
      mappings: [{ target: "id", column: "id" }],
    };
    const create = (authData: CallerIdentity) => data_processing.createRule({ definition }, { authData });
    await expect(create(own.authData)).resolves.toMatchObject({ state: "active" });
    await expect(create(stranger)).rejects.toMatchObject({
      code: "invalid_argument",
      details: {
        problems: [{ path: "source.entity", code: "unknown_data_source" }, { path: "target.entity" }],
      },
    });
  });
});
