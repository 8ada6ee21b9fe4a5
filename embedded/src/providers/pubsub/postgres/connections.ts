import postgres from "postgres";

/** Longer than any statement may take on the server. */
const ANSWER_TIMEOUT_MS = 20_000;
const CLOSE_SECONDS = 1;

/** Plans are made once, when the queue may be empty, and must be right when it is long. */
export const STEADY_PLANS = {
  plan_cache_mode: "force_generic_plan",
  enable_seqscan: "off",
  enable_bitmapscan: "off",
} as const;

type Options = postgres.Options<Record<string, postgres.PostgresType>>;

/**
 * Connections to one database whose statements never wait for ever: where no
 * answer comes, the connections are given up and made anew.
 */
export class Connections {
  private sql: postgres.Sql;

  constructor(
    private readonly connectionString: string,
    private readonly options: Options,
    private readonly answerTimeoutMs = ANSWER_TIMEOUT_MS,
  ) {
    this.sql = this.open();
  }

  /** Runs a statement, or a transaction. Rejects when no answer comes in time: what it did is then unknown. */
  async run<Result>(work: (sql: postgres.Sql) => Promise<Result>): Promise<Result> {
    const { sql } = this;
    const overdue = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      overdue.reject(new Error(`no answer from the database within ${this.answerTimeoutMs / 1000} s`));
      this.replace(sql);
    }, this.answerTimeoutMs);
    try {
      return await Promise.race([work(sql), overdue.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Closes the connections; nothing should be under way. */
  async close(): Promise<void> {
    await this.sql.end({ timeout: CLOSE_SECONDS });
  }

  private replace(sql: postgres.Sql): void {
    if (sql !== this.sql) return;
    this.sql = this.open();
    void sql.end({ timeout: 0 });
  }

  private open(): postgres.Sql {
    return postgres(this.connectionString, {
      connect_timeout: 10,
      fetch_types: false,
      onnotice: () => {},
      ...this.options,
    });
  }
}
