import { Connections } from "../../providers/pubsub/postgres/connections.js";

const SCHEMA = "axion_cron";
/** Class of the advisory locks that running jobs hold. */
const LOCK_CLASS = 0x61780011;
/** Held while the table is made, so that processes starting together take turns. */
const PREPARE_LOCK = 0x61780012;
const STATEMENT_TIMEOUT_MS = 15_000;

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
  private readonly connections: Connections;

  constructor(connectionString: string) {
    this.connections = new Connections(connectionString, {
      max: 1, // locks belong to the session
      idle_timeout: 0,
      max_lifetime: null,
      connection: { application_name: "axion-cron", statement_timeout: STATEMENT_TIMEOUT_MS },
    });
  }

  /** Makes the table and the rows of new and changed jobs. */
  async prepare(jobs: LedgerJob[]): Promise<void> {
    await this.connections.run((sql) =>
      sql.begin(async (tx) => {
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
      }),
    );
  }

  /** The jobs that are due or were cut off, and the milliseconds until the next one is. */
  async look(names: string[]): Promise<{ due: DueJob[]; nextInMs: number }> {
    const rows = await this.connections.run(
      (sql) => sql<{ name: string; tick: Date; in_ms: number }[]>`
        select name, coalesce(unfinished, next_run) as tick,
          case when unfinished is null then extract(epoch from next_run - clock_timestamp())::float8 * 1000 else 0 end
            as in_ms
        from ${sql(SCHEMA)}.job where name in ${sql(names)}`,
    );
    const waits = rows.filter((row) => row.in_ms > 0).map((row) => row.in_ms);
    return { due: rows.filter((row) => row.in_ms <= 0), nextInMs: Math.min(...waits) };
  }

  /**
   * Takes a due tick for this process; false when another process has it or had it. `nextRun` is the tick after.
   * A tick that is taken is to be finished.
   */
  async take(job: DueJob, nextRun: Date): Promise<boolean> {
    const taken = await this.connections.run(
      (sql) => sql`
        with due as materialized (
          select name from ${sql(SCHEMA)}.job where name = ${job.name} and coalesce(unfinished, next_run) = ${job.tick}
        ), locked as materialized (
          select name from due where pg_try_advisory_lock(${LOCK_CLASS}, hashtext(name))
        )
        update ${sql(SCHEMA)}.job
        set unfinished = ${job.tick}, last_run = now(), next_run = greatest(next_run, ${nextRun})
        from locked where job.name = locked.name and coalesce(unfinished, next_run) = ${job.tick}`,
    );
    if (taken.count > 0) return true;
    await this.unlock(job.name); // it may have been taken and finished by another just before the lock was had
    return false;
  }

  /** Leaves a tick out that is too old to be run. */
  async skip(job: DueJob, nextRun: Date): Promise<void> {
    await this.connections.run(
      (sql) => sql`
        update ${sql(SCHEMA)}.job set next_run = ${nextRun}, unfinished = null
        where name = ${job.name} and coalesce(unfinished, next_run) = ${job.tick}`,
    );
  }

  /** The tick has been run. */
  async finish(job: DueJob, error: string | undefined): Promise<void> {
    await this.connections.run(
      (sql) => sql`
        update ${sql(SCHEMA)}.job set unfinished = null, last_error = ${error ?? null}
        where name = ${job.name} and unfinished = ${job.tick}`,
    );
    await this.unlock(job.name);
  }

  async close(): Promise<void> {
    await this.connections.close();
  }

  /** Without effect when this process does not have the lock. */
  private async unlock(name: string): Promise<void> {
    await this.connections.run((sql) => sql`select pg_advisory_unlock(${LOCK_CLASS}, hashtext(${name}))`);
  }
}
