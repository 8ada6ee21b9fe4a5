import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import type { PostgresServer } from "../../embedded/src/providers/postgres/embedded-server.ts";
import { person } from "./people.ts";
import { killPostmaster } from "./postmaster.ts";

/** A Postgres of its own, not the app's, with people to convert. It is started again where it is killed. */
export class SourceServer {
  readonly url: string;
  private readonly server: PostgresServer;
  private readonly folder: string;

  private constructor(server: PostgresServer, folder: string) {
    this.server = server;
    this.folder = folder;
    this.url = server.adminUrl;
  }

  static async start(): Promise<SourceServer> {
    const { ensurePostgres } = await import("../../embedded/src/providers/postgres/embedded-server.ts");
    const folder = await mkdtemp(join(tmpdir(), "axion-kills-source-"));
    return new SourceServer(await ensurePostgres({ appDir: folder, log: () => {} }), folder);
  }

  /** Makes a table of so many people, and the countries that they come from. */
  async addPeople(table: string, count: number): Promise<void> {
    const sql = postgres(this.url, { max: 1, onnotice: () => {} });
    try {
      await sql`CREATE TABLE ${sql(table)} (id integer PRIMARY KEY, first_name text, country text, age integer)`;
      await sql`CREATE TABLE IF NOT EXISTS countries (code text PRIMARY KEY, name text)`;
      await sql`INSERT INTO countries VALUES ('DE', 'Germany'), ('FR', 'France') ON CONFLICT DO NOTHING`;
      const records = JSON.stringify(Array.from({ length: count }, (_, at) => person(at + 1)));
      await sql`INSERT INTO ${sql(table)} SELECT * FROM json_to_recordset(${records}::text::json)
        AS p(id integer, first_name text, country text, age integer)`;
    } finally {
      await sql.end();
    }
  }

  /** Ends the server as a crash would. */
  async kill(): Promise<void> {
    await killPostmaster(this.url);
  }

  async stop(): Promise<void> {
    await this.server.release();
    await rm(this.folder, { recursive: true, force: true });
  }
}
