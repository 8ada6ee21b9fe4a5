import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { data_processing, tenant_management } from "~encore/clients";
import { freePort } from "../../bench/lib/process.js";
import { type OwnPostgres, startOwnPostgres } from "../../tenant-management/__tests__/own-postgres.js";
import { newOwnDatabase, type OwnDatabase } from "./own-database.js";

/** PgBouncer is a Debian package; without it these tests are skipped. */
const hasPooler = spawnSync("pgbouncer", ["--version"]).status === 0;
const people = 1_200;

let server: OwnPostgres;
let own: OwnDatabase;
let pooler: ChildProcess;
const folder = mkdtempSync(join(tmpdir(), "axion-pooler-"));

/** A pooler by transactions with two connections for all: what stays on a connection would meet somebody else. */
async function startPooler(): Promise<string> {
  const [row] = await own.owner<{ name: string }[]>`SELECT current_database() AS name`;
  const port = await freePort();
  const { hostname, port: postgresPort } = new URL(server.url);
  writeFileSync(join(folder, "users.txt"), `"${own.role}" "secret"\n`);
  writeFileSync(
    join(folder, "pgbouncer.ini"),
    `[databases]
${row!.name} = host=${hostname} port=${postgresPort}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = plain
auth_file = ${join(folder, "users.txt")}
pool_mode = transaction
default_pool_size = 2
`,
  );
  chmodSync(folder, 0o755);
  // It refuses to run as root.
  const user = process.getuid?.() === 0 ? ["--user=nobody"] : [];
  pooler = spawn("pgbouncer", ["--quiet", ...user, join(folder, "pgbouncer.ini")], { stdio: "ignore" });
  const url = `postgres://${own.role}:secret@127.0.0.1:${port}/${row!.name}`;
  await tenant_management.createDataSource(
    { tenantId: own.authData.tenantId, name: "pooled", url, tls: "disable", pooled: true },
    { authData: own.authData },
  );
  return url;
}

beforeAll(async () => {
  if (!hasPooler) return;
  server = await startOwnPostgres();
  own = await newOwnDatabase(
    server,
    `CREATE TABLE people (id integer PRIMARY KEY, name text, seen text);
     CREATE TABLE contacts (id integer PRIMARY KEY, name text NOT NULL);
     INSERT INTO people SELECT n, 'First' || n FROM generate_series(1, ${people}) n`,
  );
  await startPooler();
}, 120_000);

afterAll(async () => {
  pooler?.kill();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe.skipIf(!hasPooler)("a data source behind a pooler by transactions", () => {
  it("is tested, discovered and converted within itself, record by record and as jobs at once", async () => {
    const { authData } = own;
    const { tenantId } = authData;
    await vi.waitFor(
      async () =>
        expect(
          await tenant_management.testDataSource({ tenantId, source: "pooled" }, { authData }),
        ).toMatchObject({ reachable: true }),
      { timeout: 10_000, interval: 200 },
    );
    const schema = await data_processing.analyzeEntity(
      { entityType: "people", source: "pooled" },
      { authData },
    );
    expect(schema.fields.map(({ name }) => name)).toEqual(["id", "name", "seen"]);
    const rule = (name: string, expression: string) =>
      data_processing.createRule(
        {
          definition: {
            name,
            source: { dataSource: "pooled", entity: "people" },
            target: { dataSource: "pooled", entity: "contacts" },
            naturalKey: ["id"],
            mappings: [
              { target: "id", column: "id" },
              { target: "name", expression },
            ],
          },
        },
        { authData },
      );
    const { id: ruleId } = await rule("people to contacts", "upper(record.name)");
    const singles = Array.from({ length: 12 }, (_, index) =>
      data_processing.executeConversion({ ruleId, sourceRecordId: String(index + 1) }, { authData }),
    );
    for (const { outcome } of await Promise.all(singles)) expect(outcome).toBe("converted");
    const second = await rule("people to contacts again", "lower(record.name)");
    const jobs = await Promise.all(
      [ruleId, second.id].map((id) => data_processing.startJob({ ruleId: id }, { authData })),
    );
    for (const { id } of jobs) {
      await vi.waitFor(
        async () => {
          const job = await data_processing.getJob({ jobId: id }, { authData });
          expect(job).toMatchObject({ state: "completed", processed: people, failed: 0 });
        },
        { timeout: 60_000, interval: 200 },
      );
    }
    const [row] = await own.owner<{ count: number }[]>`SELECT count(*)::int AS count FROM contacts`;
    expect(row!.count).toBe(people);
  }, 120_000);
});
