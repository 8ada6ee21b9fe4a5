import postgres from "postgres";

const SCHEMA = "axion_cron";
/** Class of the advisory locks that running jobs hold. */
const LOCK_CLASS = 0x61780011;
/** Held while the table is made, so that processes starting together take turns. */
const PREPARE_LOCK = 0x61780012;

/** A job that must run now. */
export interface DueJob {
  name: string;
  /** The tick it runs for. */
  tick: Date;
}

/** What a process needs to know of a job to keep its row. */
export interface LedgerJob {
  name: string;
  /** The schedule as text: a change starts the job afresh. */
  schedule: string;
  nextRun: Date;
}

/**
 * Who runs which tick, shared by all processes of the app: a row for each job,
 * and an advisory lock while it runs. The lock goes with its process, so a run
 * that was cut off is seen (`unfinished`) and done again.
 */
export class CronLedger {
  private readonly sql: postgres.Sql;

  constructor(connectionString: string) {
    this.sql = postgres(connectionString, {
      max: 1, // locks belong to the session
      idle_timeout: 0,
      max_lifetime: null,
      connect_timeout: 10,
      fetch_types: false,
      onnotice: () => {},
      connection: { application_name: "axion-cron", statement_timeout: 15_000 },
    });
  }

  /** Makes the table and the rows of new and changed jobs. */
  async prepare(jobs: LedgerJob[]): Promise<void> {
    await this.sql.begin(async (tx) => {
      await tx`select pg_advisory_xact_lock(${PREPARE_LOCK})`;
      await tx`create schema if not exists ${tx(SCHEMA)}`;
      await tx`create table if not exists ${tx(SCHEMA)}.job (
        name text primary key, schedule text not null, next_run timestamptz not null,
        unfinished timestamptz, last_run timestamptz, last_error text)`;
      for (const job of jobs) {
        await tx`
          insert into ${tx(SCHEMA)}.job (name, schedule, next_run)
          values (${job.name}, ${job.schedule}, ${job.nextRun})
          on conflict (name) do update
          set schedule = excluded.schedule, next_run = excluded.next_run, unfinished = null
          where job.schedule <> excluded.schedule`;
      }
    });
  }

  /** The jobs that are due or were cut off, and the milliseconds until the next one is. */
  async look(names: string[]): Promise<{ due: DueJob[]; nextInMs: number }> {
    const rows = await this.sql<{ name: string; tick: Date; in_ms: number }[]>`
      select name, coalesce(unfinished, next_run) as tick,
        case when unfinished is null then extract(epoch from next_run - clock_timestamp())::float8 * 1000 else 0 end
          as in_ms
      from ${this.sql(SCHEMA)}.job where name in ${this.sql(names)}`;
    const due = rows.filter((row) => row.in_ms <= 0);
    const waits = rows.filter((row) => row.in_ms > 0).map((row) => row.in_ms);
    return { due, nextInMs: Math.min(...waits) };
  }

  /**
   * Takes a due tick for this process; false when another process has it or had it. `nextRun` is the tick after.
   * A tick that is taken is to be finished.
   */
  async take(job: DueJob, nextRun: Date): Promise<boolean> {
    const [lock] = await this.sql<{ locked: boolean }[]>`
      select pg_try_advisory_lock(${LOCK_CLASS}, hashtext(${job.name})) as locked`;
    if (!lock?.locked) return false;
    let taken = false;
    try {
      const updated = await this.sql`
        update ${this.sql(SCHEMA)}.job
        set unfinished = ${job.tick}, last_run = now(), next_run = greatest(next_run, ${nextRun})
        where name = ${job.name} and coalesce(unfinished, next_run) = ${job.tick}`;
      taken = updated.count > 0;
    } finally {
      if (!taken) await this.unlock(job.name);
    }
    return taken;
  }

  /** Leaves a tick out that is too old to be run. */
  async skip(job: DueJob, nextRun: Date): Promise<void> {
    await this.sql`
      update ${this.sql(SCHEMA)}.job set next_run = ${nextRun}, unfinished = null
      where name = ${job.name} and coalesce(unfinished, next_run) = ${job.tick}`;
  }

  /** The tick has been run. */
  async finish(job: DueJob, error: string | undefined): Promise<void> {
    await this.sql`
      update ${this.sql(SCHEMA)}.job set unfinished = null, last_error = ${error ?? null}
      where name = ${job.name} and unfinished = ${job.tick}`;
    await this.unlock(job.name);
  }

  async close(): Promise<void> {
    await this.sql.end({ timeout: 5 });
  }

  private async unlock(name: string): Promise<void> {
    await this.sql`select pg_advisory_unlock(${LOCK_CLASS}, hashtext(${name}))`;
  }
}
