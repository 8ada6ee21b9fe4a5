import { mkdirSync } from "node:fs";
import { join } from "node:path";
import postgres from "postgres";
import { afterAll, beforeAll } from "vitest";
import { identifier, withDatabase } from "../../src/providers/postgres/connect.js";
import { ensurePostgres, type PostgresServer } from "../../src/providers/postgres/index.js";
import { managedDatabase } from "../../src/providers/postgres/roles.js";

const APP_DIR = join(import.meta.dirname, "..", "..", "..", ".axion", "embedded-tests");

/** The Postgres that the host's own tests share; every test uses databases of names of its own. */
export function useTestServer() {
  let server: PostgresServer | undefined;
  const open: postgres.Sql[] = [];
  const databases: string[] = [];
  const adminUrl = () => server?.adminUrl ?? "";
  beforeAll(async () => {
    mkdirSync(APP_DIR, { recursive: true });
    server = await ensurePostgres({ appDir: APP_DIR, log: () => {} });
  });
  afterAll(async () => {
    await Promise.all(open.map((sql) => sql.end({ timeout: 5 })));
    const admin = postgres(adminUrl(), { max: 1, onnotice: () => {} });
    for (const database of databases) {
      await admin.unsafe(`DROP DATABASE IF EXISTS ${identifier(database)} WITH (FORCE)`);
      await admin.unsafe(`DROP ROLE IF EXISTS ${identifier(managedDatabase(database, adminUrl()).role)}`);
    }
    await admin.end();
    await server?.release();
  });
  return {
    adminUrl,
    /** A name no other test has; the database of that name is gone after the file. */
    databaseName(): string {
      const name = `t${process.pid}-${Date.now().toString(36)}-${databases.length}`;
      databases.push(name);
      return name;
    },
    connect(url: string): postgres.Sql {
      const sql = postgres(url, { max: 1, onnotice: () => {} });
      open.push(sql);
      return sql;
    },
    adminUrlOf: (database: string) => withDatabase(adminUrl(), database),
  };
}
