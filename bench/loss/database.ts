import postgres from "postgres";

const tries = 240;
const betweenTriesMs = 250;
const longestMs = 15_000;

/**
 * A database that is killed now and then. What is asked of it is tried again, over a new connection, until it is done:
 * every attempt must be harmless.
 */
export class Database {
  private readonly url: string;
  private sql: postgres.Sql | undefined;

  constructor(url: string) {
    this.url = url;
  }

  async ask<T>(work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.once(work);
      } catch (error) {
        await this.close();
        if (attempt === tries) throw error;
        await new Promise((resolve) => setTimeout(resolve, betweenTriesMs));
      }
    }
  }

  /** One attempt. */
  async once<T>(work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
    this.sql ??= postgres(this.url, { max: 1, onnotice: () => {}, connect_timeout: 5 });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error("the database does not answer")), longestMs);
    });
    try {
      return await Promise.race([work(this.sql), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    const { sql } = this;
    this.sql = undefined;
    await sql?.end({ timeout: 0 }).catch(() => {});
  }
}

/**
 * Survives the one error of the driver `postgres` 3.4.9 that nobody can catch: a connection that broke while a query was
 * about to be written. The query that it belongs to is given up by its time limit.
 */
export function surviveBrokenConnections(): void {
  process.on("uncaughtException", (error) => {
    if (error instanceof TypeError && error.stack?.includes("postgres/src/connection.js")) return;
    console.error(error);
    process.exit(1);
  });
}
