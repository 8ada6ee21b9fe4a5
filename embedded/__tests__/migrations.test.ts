import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Database } from "../src/model/app-model.js";
import { prepareDatabases } from "../src/providers/postgres/index.js";
import type { MigrationSource } from "../src/providers/postgres/migration-files.js";
import { useTestServer } from "./support/postgres.js";
import { scratchDir } from "./support/scratch.js";

const server = useTestServer();

interface App {
  name: string;
  write(file: string, sql: string): void;
  /** Prepares the database; the lines that were logged. */
  prepare(): Promise<string[]>;
  rows(sql: string): Promise<Record<string, unknown>[]>;
}

function appWith(source: MigrationSource, files: Record<string, string>): App {
  const appDir = scratchDir("migrations");
  const name = server.databaseName();
  const write = (file: string, sql: string) => {
    mkdirSync(dirname(join(appDir, "svc/migrations", file)), { recursive: true });
    writeFileSync(join(appDir, "svc/migrations", file), sql);
  };
  for (const [file, sql] of Object.entries(files)) write(file, sql);
  const database: Database = {
    name,
    users: [],
    place: { file: "svc/db.ts", line: 1, column: 1 },
    migrations: { dir: "svc/migrations", source },
  };
  return {
    name,
    write,
    async prepare() {
      const lines: string[] = [];
      await prepareDatabases({
        appDir,
        databases: [database],
        adminUrl: server.adminUrl(),
        log: (line) => lines.push(line),
      });
      return lines.map((line) => line.replace(/ \(\d+ ms\)$/, ""));
    },
    rows: (sql) => server.connect(server.adminUrlOf(name)).unsafe(sql),
  };
}

describe("migrations", () => {
  it("run in the order of their numbers and are recorded as golang-migrate records them", async () => {
    const app = appWith("numbered", {
      "1_items.up.sql": "CREATE TABLE items (id int)",
      "2_price.up.sql": "ALTER TABLE items ADD price int;",
      "2_price.down.sql": "this is never read",
      "10_note.up.sql": "ALTER TABLE items ADD note text; -- the last one\n",
      "README.md": "no migration",
    });
    expect(await app.prepare()).toEqual(
      ["1_items", "2_price", "10_note"].map((file) => `migrated svc/migrations/${file}.up.sql`),
    );
    expect(await app.rows("SELECT version::int, dirty FROM schema_migrations")).toEqual([
      { version: 10, dirty: false },
    ]);
    expect(await app.prepare()).toEqual([]);
    app.write("11_more.up.sql", "CREATE TABLE more ()");
    expect(await app.prepare()).toEqual(["migrated svc/migrations/11_more.up.sql"]);
  });

  it.each<[MigrationSource, string, string]>([
    ["drizzle", "0000_first.sql", "0001_second.sql"],
    ["drizzle/v1", "20250101000000_first/migration.sql", "20250102000000_second/migration.sql"],
    ["prisma", "20250101000000_first/migration.sql", "20250102000000_second/migration.sql"],
  ])("of %s are found where it puts them", async (source, first, second) => {
    const app = appWith(source, {
      [first]: 'CREATE TABLE "a" ("id" int);--> statement-breakpoint\nCREATE TABLE "b" ("id" int);',
      [second]: "CREATE TABLE c (id int)",
      "meta/_journal.json": "{}",
    });
    expect(await app.prepare()).toEqual([first, second].map((file) => `migrated svc/migrations/${file}`));
    expect(
      await app.rows("SELECT count(*)::int AS n FROM pg_tables WHERE tablename IN ('a', 'b', 'c')"),
    ).toEqual([{ n: 3 }]);
  });

  it("that a branch adds later run although newer ones have, where the source allows it", async () => {
    const app = appWith("prisma", { "3_c/migration.sql": "CREATE TABLE c ()" });
    await app.prepare();
    app.write("2_b/migration.sql", "CREATE TABLE b ()");
    expect(await app.prepare()).toEqual(["migrated svc/migrations/2_b/migration.sql"]);
    expect(await app.rows("SELECT version::int FROM schema_migrations ORDER BY 1")).toEqual([
      { version: 2 },
      { version: 3 },
    ]);
  });

  it("that fail leave nothing behind and name file, line and error", async () => {
    const app = appWith("numbered", {
      "1_ok.up.sql": "CREATE TABLE ok (x int UNIQUE)",
      "2_bad.up.sql": "CREATE TABLE half ();\n\n  ALTER TABLE missing ADD y int;",
    });
    await expect(app.prepare()).rejects.toThrow(
      /migration svc\/migrations\/2_bad\.up\.sql:3:\d+: relation "missing" does not exist \(SQLSTATE 42P01\)/,
    );
    expect(await app.rows("SELECT to_regclass('half') AS half, to_regclass('ok')::text AS ok")).toEqual([
      { half: null, ok: "ok" },
    ]);
    expect(await app.rows("SELECT version::int, dirty FROM schema_migrations")).toEqual([
      { version: 1, dirty: false },
    ]);
  });

  it("that break a constraint name the statement, though Postgres gives no position", async () => {
    const app = appWith("numbered", {
      "1_x.up.sql":
        "CREATE TABLE t (x int UNIQUE); -- ; é '\nINSERT INTO t VALUES (1);\nDO $$ BEGIN PERFORM 1; END $$;\n\nINSERT INTO t VALUES (1);",
    });
    await expect(app.prepare()).rejects.toThrow(/1_x\.up\.sql:5:1: duplicate key value/);
    expect(await app.rows("SELECT to_regclass('t') AS t")).toEqual([{ t: null }]);
  });

  it("count as not applied when another host marked them dirty", async () => {
    const app = appWith("numbered", { "1_a.up.sql": "CREATE TABLE a ()", "2_b.up.sql": "CREATE TABLE b ()" });
    await app.prepare();
    await app.rows("DROP TABLE b; UPDATE schema_migrations SET dirty = true");
    expect(await app.prepare()).toEqual(["migrated svc/migrations/2_b.up.sql"]);
  });

  it("refuse a database that is ahead of the app", async () => {
    const app = appWith("numbered", { "1_a.up.sql": "CREATE TABLE a ()" });
    await app.prepare();
    await app.rows("UPDATE schema_migrations SET version = 7");
    await expect(app.prepare()).rejects.toThrow(
      "the database is at migration 7, which svc/migrations does not have",
    );
  });

  it("run once when several processes start at the same moment", async () => {
    const app = appWith("numbered", { "1_a.up.sql": "CREATE TABLE a (); SELECT pg_sleep(0.05)" });
    await app.prepare();
    app.write("2_b.up.sql", "CREATE TABLE b (); SELECT pg_sleep(0.05)");
    const runs = await Promise.all([app.prepare(), app.prepare(), app.prepare()]);
    expect(runs.flat()).toEqual(["migrated svc/migrations/2_b.up.sql"]);
  });

  it("may leave settings behind without changing where the next one works", async () => {
    const app = appWith("numbered", {
      "1_dump.up.sql": "SELECT pg_catalog.set_config('search_path', '', false); CREATE TABLE public.a ()",
      "2_b.up.sql": "CREATE TABLE b ()",
    });
    await app.prepare();
    expect(await app.rows("SELECT to_regclass('public.b')::text AS b")).toEqual([{ b: "b" }]);
  });

  it.each([
    ["one.sql", "CREATE TABLE a ()", "is not a migration's name"],
    ["01_again.up.sql", "CREATE TABLE a ()", "have the number 1"],
  ])("refuse the file %s", async (file, sql, message) => {
    const app = appWith("numbered", { "1_a.up.sql": "CREATE TABLE a ()", [file]: sql });
    await expect(app.prepare()).rejects.toThrow(message);
  });
});
