import type postgres from "postgres";

/** Name of the built-in data source. */
export const workspaceSource = "workspace";

export type SourceTransaction = postgres.TransactionSql;

export interface TransactionOptions {
  readOnly?: boolean;
  /** The server ends a statement that runs longer. What the data source is set to (60 s by default) is the most. */
  statementTimeoutMs?: number;
  /** Rules that the transaction's writes come from, first cause first: changes carry them, so that loops are seen. */
  chain?: readonly string[];
}

/** A statement that comes again and again with other values: they stand in it as `$1`, `$2` …, all of them texts. */
export interface KeptStatement {
  text: string;
  values: readonly (string | null)[];
}

/** A tenant's database that records are read from and written to. */
export interface DataSource {
  tenantId: string;
  name: string;
  kind: "workspace" | "postgres";
  /** Equal for two sources exactly where they are one database. */
  database: string;
  /** Schema of entity names without one. In the workspace it is the only one. */
  defaultSchema: string;
  /** Nothing is written to it: all its transactions are read-only. */
  readOnly: boolean;
  /** Rules that writes come from where a transaction says nothing else. */
  chain?: readonly string[];
  /**
   * Runs `work` in a transaction with fixed text formats, UTC and, in the workspace, the tenant of row-level
   * security. Failures to connect and time-outs become an `APIError`; errors of statements come through as they are.
   */
  begin<T>(work: (tx: SourceTransaction) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /** Whether one more long transaction leaves connections for others. */
  hasSpare(): boolean;
  /**
   * Runs one reading statement without parameters in a single round trip, in a transaction as `begin` makes it. The
   * caller waits for `timeoutMs` at most, also for a server that has stopped answering.
   */
  readOnce<Row>(statement: string, timeoutMs?: number): Promise<Row[]>;
  /** As `readOnce`, for a statement that gives texts: rows as lists of them. */
  readTexts(statement: string): Promise<(string | null)[][]>;
  /** As `readOnce`, for a statement that writes: a transaction of its own. */
  writeOnce<Row>(statement: string, options?: Pick<TransactionOptions, "chain">): Promise<Row[]>;
  /**
   * As `writeOnce`, where connections keep plans: only the first time on a connection is the statement planned. Undefined,
   * with nothing done, where they do not, as behind a pooler.
   */
  writeKept<Row>(
    make: () => KeptStatement,
    options?: Pick<TransactionOptions, "chain">,
  ): Promise<Row[] | undefined>;
}

/** The data source, whose writes come from a rule, beside those that they come from already. */
export function writtenBy(source: DataSource, ruleId: string): DataSource {
  return withChain(source, [...(source.chain ?? []), ruleId]);
}

/** The data source, whose writes come from these rules. */
export function withChain(source: DataSource, chain: readonly string[]): DataSource {
  return {
    ...source,
    chain,
    begin: (work, options) => source.begin(work, { chain, ...options }),
    writeOnce: (statement, options) => source.writeOnce(statement, { chain, ...options }),
    writeKept: (make, options) => source.writeKept(make, { chain, ...options }),
  };
}
