import postgres from "postgres";

/**
 * Locks that one instance holds while it lives: when it dies, Postgres lets go of them, and another one takes them. All are
 * held by one connection.
 */
export class LeaderLocks {
  private readonly sql: postgres.Sql;
  private readonly held = new Set<string>();
  private pid = 0;

  constructor(connectionString: string) {
    this.sql = postgres(connectionString, {
      max: 1,
      connect_timeout: 10,
      max_lifetime: null,
      onnotice: () => {},
      connection: { application_name: "axion-trigger-leader" },
    });
  }

  /** Whether this instance leads: it holds the lock, or has taken it now. */
  async lead(name: string): Promise<boolean> {
    const wanted = this.held.has(name) ? null : `axion triggers ${name}`;
    const [row] = await this.sql<{ pid: number; locked: boolean | null }[]>`
      SELECT pg_backend_pid() AS pid, pg_try_advisory_lock(hashtextextended(${wanted}::text, 0)) AS locked`;
    if (row!.pid !== this.pid) {
      // The connection is a new one, and the locks of the old one are gone.
      this.held.clear();
      this.pid = row!.pid;
      if (wanted === null) return await this.lead(name);
    }
    if (row!.locked) this.held.add(name);
    return this.held.has(name);
  }

  /** Lets another instance lead. */
  async leave(name: string): Promise<void> {
    if (!this.held.delete(name)) return;
    await this.sql`SELECT pg_advisory_unlock(hashtextextended(${`axion triggers ${name}`}, 0))`;
  }

  async close(): Promise<void> {
    await this.sql.end({ timeout: 1 });
  }
}
