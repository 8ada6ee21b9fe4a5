import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type postgres from "postgres";
import { describe, expect, it } from "vitest";
import { connect } from "../src/providers/postgres/connect.js";
import { prepareDatabases } from "../src/providers/postgres/index.js";
import { useTestServer } from "./support/postgres.js";
import { scratchDir } from "./support/scratch.js";

const server = useTestServer();

async function prepare(
  ...migrations: string[]
): Promise<{ app: postgres.Sql; admin: postgres.Sql; url: string; name: string }> {
  const appDir = scratchDir("roles");
  const name = server.databaseName();
  mkdirSync(join(appDir, "migrations"));
  for (const [i, sql] of migrations.entries())
    writeFileSync(join(appDir, "migrations", `${i + 1}_m.up.sql`), sql);
  const place = { file: "db.ts", line: 1, column: 1 };
  const database = { name, users: [], place, migrations: { dir: "migrations", source: "numbered" as const } };
  const databases = await prepareDatabases({
    appDir,
    databases: [database],
    adminUrl: server.adminUrl(),
    log: () => {},
  });
  const url = databases[name]?.connectionString ?? "";
  return { app: server.connect(url), admin: server.connect(server.adminUrlOf(name)), url, name };
}

describe("the app's role", () => {
  it("reads and writes every table and sequence, and calls functions, without any grant", async () => {
    const { app } = await prepare(
      "CREATE TABLE items (id bigserial PRIMARY KEY, name text)",
      "CREATE FUNCTION twice(x int) RETURNS int LANGUAGE sql AS 'SELECT x * 2'; CREATE SCHEMA other; CREATE TABLE other.t (x int)",
    );
    expect(await app`INSERT INTO items (name) VALUES ('a') RETURNING id::int, twice(21) AS n`).toEqual([
      { id: 1, n: 42 },
    ]);
    await app`INSERT INTO other.t VALUES (1)`;
    await app`DELETE FROM items`;
  });

  it("is neither owner nor superuser, and creates nothing in schema public", async () => {
    const { app } = await prepare("CREATE TABLE t (x int)");
    const [role] =
      await app`SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user`;
    expect(role).toEqual({ rolsuper: false, rolbypassrls: false, rolcreaterole: false, rolcreatedb: false });
    await expect(app`CREATE TABLE mine ()`).rejects.toThrow("permission denied for schema public");
    await expect(app`DROP TABLE t`).rejects.toThrow("must be owner of table t");
    await app`CREATE SCHEMA jobs`; // as on Encore: libraries that bring a schema of their own work
  });

  it("is bound by row-level security", async () => {
    const { app } = await prepare(`
      CREATE TABLE secrets (tenant text, x int);
      INSERT INTO secrets VALUES ('a', 1), ('b', 2);
      ALTER TABLE secrets ENABLE ROW LEVEL SECURITY;
      CREATE POLICY tenant ON secrets USING (tenant = nullif(current_setting('app.tenant', true), ''))`);
    expect(await app`SELECT x FROM secrets`).toEqual([]);
    const seen = await app.begin(async (tx) => {
      await tx`SELECT set_config('app.tenant', 'b', true)`;
      return tx`SELECT x FROM secrets`;
    });
    expect(seen).toEqual([{ x: 2 }]);
  });

  it("takes a role that a migration made and granted to encore_services, in every database", async () => {
    const role = `reader_${Date.now().toString(36)}`;
    const migration = `
      DO $$ BEGIN CREATE ROLE ${role} NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
      GRANT ${role} TO encore_services`;
    const first = await prepare(migration);
    const second = await prepare(migration);
    for (const { app } of [first, second]) {
      const [row] = await app.begin(async (tx) => {
        await tx.unsafe(`SET LOCAL ROLE ${role}`);
        return tx`SELECT current_user AS name`;
      });
      expect(row).toEqual({ name: role });
    }
  });

  it("cannot connect to the database of another", async () => {
    const one = await prepare();
    const two = await prepare();
    const url = new URL(one.url);
    url.pathname = `/${two.name}`;
    await expect(server.connect(url.href)`SELECT 1`).rejects.toThrow("permission denied for database");
  });
});

describe("migrations", () => {
  it("create the usual extensions, as an owner that is no superuser", async () => {
    const extensions = [
      "pg_trgm",
      "pgcrypto",
      "uuid-ossp",
      "hstore",
      "citext",
      "unaccent",
      "btree_gist",
      "ltree",
    ];
    const { admin } = await prepare(
      extensions.map((name) => `CREATE EXTENSION "${name}";`).join("\n"),
      "CREATE TABLE t ()",
    );
    const [row] =
      await admin`SELECT tableowner, similarity('Москва', 'москве') > 0.5 AS cyrillic FROM pg_tables WHERE tablename = 't'`;
    expect(row).toEqual({ tableowner: "encore-migrator", cyrillic: true });
    const [owner] = await admin`SELECT rolsuper FROM pg_roles WHERE rolname = 'encore-migrator'`;
    expect(owner).toEqual({ rolsuper: false });
  });
});

describe("a server that cannot be used", () => {
  it("is tried again for a while when it does not answer, and then named", async () => {
    const lines: string[] = [];
    const attempt = connect("postgresql://me:secret@127.0.0.1:9/db", {
      log: (line) => lines.push(line),
      giveUpMs: 600,
    });
    await expect(attempt).rejects.toThrow(/Postgres at 127\.0\.0\.1:9\/db is unreachable: .*ECONNREFUSED/);
    expect(lines).toHaveLength(1);
    expect(lines.join()).not.toContain("secret");
  });

  it("is given up at once when the password is wrong", async () => {
    const url = new URL(server.adminUrl());
    url.password = "wrong";
    await expect(connect(url.href, { log: () => {} })).rejects.toThrow(
      /refused: password authentication failed/,
    );
  });
});
