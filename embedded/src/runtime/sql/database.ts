import { host } from "../host.js";
import type { Request } from "../request.js";
import { onShutdown } from "../shutdown.js";
import type { Cursor, Row } from "./cursor.js";
import { Pool, type QueryArgs } from "./pool.js";
import { SqlConn, Transaction } from "./session.js";
import type { Session } from "./session-pool.js";

type Source = Request | undefined | null;

/** How long running statements may take to finish when the process ends. */
const CLOSE_TIMEOUT_SECONDS = 5;

const databases = new Map<string, SqlDatabase>();

/** The app's database of that name. Connects on first use. */
export function sqlDatabase(name: string): SqlDatabase {
  let database = databases.get(name);
  if (database === undefined) databases.set(name, (database = new SqlDatabase(name)));
  return database;
}

onShutdown("close", async () => {
  await Promise.all([...databases.values()].map((database) => database.end()));
});

/** A database of the app, as the SDK's `SQLDatabase` uses it. */
export class SqlDatabase {
  #pool: Pool | undefined;

  constructor(private readonly name: string) {}

  connString(): string {
    return this.#config().connectionString;
  }

  query(query: string, args: QueryArgs, source?: Source): Promise<Cursor> {
    return this.#open().query(query, args, source);
  }

  async queryRow(query: string, args: QueryArgs, source?: Source): Promise<Row | null> {
    return (await this.query(query, args, source)).next();
  }

  async acquire(): Promise<SqlConn> {
    const pool = this.#open();
    return new SqlConn(pool, await acquire(pool));
  }

  async begin(source?: Source): Promise<Transaction> {
    const pool = this.#open();
    const session = await acquire(pool);
    try {
      await pool.traced("BEGIN", source, () => session.run("BEGIN"));
    } catch (error) {
      session.discard = true;
      pool.sessions.release(session);
      throw error;
    }
    return new Transaction(pool, session);
  }

  /** Closes all connections. */
  async end(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    await pool?.end(CLOSE_TIMEOUT_SECONDS);
  }

  #open(): Pool {
    return (this.#pool ??= new Pool(this.name, this.#config()));
  }

  #config() {
    const config = host().config.databases[this.name];
    if (config === undefined) throw new Error(`database ${this.name} is not configured for this process`);
    return config;
  }
}

async function acquire(pool: Pool): Promise<Session> {
  return pool.traced("connect", null, () => pool.sessions.acquire());
}
