import { setTimeout as delay } from "node:timers/promises";
import postgres from "postgres";
import { ConnectionProblem } from "../../shared/network/connection-problem.js";
import type { DataSource, KeptStatement, SourceTransaction, TransactionOptions } from "./data-source.js";
import { quoteLiteral } from "./identifiers.js";
import { executeKept, isUnknownPlan, planSettings, prepareKept } from "./kept-plans.js";
import { describeSourceError } from "./postgres-errors.js";

/** A pool, what its source is set to, and how much of it is in use. */
export interface SourcePool {
  sql: postgres.Sql;
  statementTimeoutMs: number;
  maxConnections: number;
  inUse: number;
  /** Connections are the pool's own, with no pooler between: they can keep plans. */
  keepsPlans?: boolean;
}

/** Connections that are left for others by who can do with fewer. */
const keptForOthers = 2;

export const connectTimeoutSeconds = 10;
const defaultStatementTimeoutMs = 60_000;
/** How much longer than the server a caller waits for the end of a statement that takes too long. */
const graceMs = 2_000;

/** Opens a bounded pool to a database of the operator's own: connections are closed after a minute without use. */
export function openPool(url: string, options: { maxConnections: number; prepare: boolean }): SourcePool {
  const sql = postgres(url, {
    max: options.maxConnections,
    prepare: options.prepare,
    connect_timeout: connectTimeoutSeconds,
    idle_timeout: 60,
    fetch_types: false,
    onnotice: () => {},
    connection: { application_name: "axion" },
  });
  const { maxConnections } = options;
  return { sql, statementTimeoutMs: defaultStatementTimeoutMs, maxConnections, inUse: 0 };
}

type SourceAccess = "begin" | "readOnce" | "readTexts" | "writeOnce" | "writeKept" | "hasSpare";

/** A data source on a pool. */
export function sourceOn(pool: SourcePool, identity: Omit<DataSource, SourceAccess>): DataSource {
  const { name, readOnly } = identity;
  const using = async <T>(work: () => Promise<T>): Promise<T> => {
    pool.inUse += 1;
    try {
      return await work();
    } catch (error) {
      throw describeSourceError(error, name);
    } finally {
      pool.inUse -= 1;
    }
  };
  return {
    ...identity,
    begin: async <T>(
      work: (tx: SourceTransaction) => Promise<T>,
      options: TransactionOptions = {},
    ): Promise<T> =>
      await using(
        async () =>
          (await pool.sql.begin(readOnly || options.readOnly ? "read only" : "", async (tx) => {
            const settings = settingsSql(identity, {
              timeoutMs: timeoutOf(pool, options.statementTimeoutMs),
              readOnly: readOnly || options.readOnly === true,
              chain: options.chain,
            });
            // Sent together with the first statement.
            const set = tx.unsafe(settings).execute();
            set.catch(() => {});
            const result = await work(tx);
            await set;
            return result;
          })) as T,
      ),
    hasSpare: () => pool.inUse < pool.maxConnections - keptForOthers,
    readOnce: async <Row>(statement: string, timeoutMs?: number): Promise<Row[]> =>
      await using(() => runOnce<Row>(pool, identity, { statement, timeoutMs, readOnly: true })),
    readTexts: async (statement: string): Promise<(string | null)[][]> =>
      await using(() => runOnce(pool, identity, { statement, readOnly: true, values: true })),
    writeOnce: async <Row>(
      statement: string,
      { chain }: Pick<TransactionOptions, "chain"> = {},
    ): Promise<Row[]> => await using(() => runOnce<Row>(pool, identity, { statement, readOnly, chain })),
    writeKept: async <Row>(
      make: () => KeptStatement,
      { chain }: Pick<TransactionOptions, "chain"> = {},
    ): Promise<Row[] | undefined> =>
      pool.keepsPlans
        ? await using(() => runKept<Row>(pool, identity, { statement: make(), chain }))
        : undefined,
  };
}

/**
 * Runs a statement by the plan that the connection keeps, in one message. A connection that has none yet makes it, in
 * a second message. Undefined where what was just kept is not there, because a pooler stands between after all.
 */
async function runKept<Row>(
  pool: SourcePool,
  identity: Pick<DataSource, "kind" | "tenantId" | "readOnly">,
  { statement, chain }: { statement: KeptStatement; chain?: readonly string[] },
): Promise<Row[] | undefined> {
  const { readOnly } = identity;
  const run = async (text: string) =>
    await runOnce<Row>(pool, identity, {
      statement: `${planSettings}; ${text}`,
      readOnly,
      chain,
      last: true,
    });
  try {
    return await run(executeKept(statement));
  } catch (error) {
    if (!isUnknownPlan(error)) throw error;
  }
  try {
    return await run(prepareKept(statement));
  } catch (error) {
    if (!isUnknownPlan(error)) throw error;
    pool.keepsPlans = false;
    return undefined;
  }
}

/** Runs one statement without parameters: it and its settings are one message, and with that one transaction. */
async function runOnce<Row>(
  pool: SourcePool,
  identity: Pick<DataSource, "kind" | "tenantId">,
  run: {
    statement: string;
    timeoutMs?: number;
    readOnly: boolean;
    chain?: readonly string[];
    /** Rows are lists of values. */
    values?: boolean;
    /** The statement is several: the rows of the last one count. */
    last?: boolean;
  },
): Promise<Row[]> {
  if (run.statement.includes("\0")) throw new TypeError("A statement cannot hold the character NUL.");
  const timeoutMs = timeoutOf(pool, run.timeoutMs);
  const settings = settingsSql(identity, { timeoutMs, readOnly: run.readOnly, chain: run.chain });
  const query = pool.sql.unsafe(`${settings}; ${run.statement}`);
  const answer: unknown = run.values ? query.values() : query.simple();
  const answers = await orTimeout(answer as Promise<[unknown, Row[], ...Row[][]]>, timeoutMs + graceMs);
  return run.last ? (answers.at(-1) as Row[]) : answers[1];
}

function timeoutOf(pool: SourcePool, wanted = pool.statementTimeoutMs): number {
  return Math.min(Math.max(1, Math.round(wanted)), pool.statementTimeoutMs);
}

async function orTimeout<T>(answer: Promise<T>, milliseconds: number): Promise<T> {
  const over = new AbortController();
  const late = delay(milliseconds, undefined, { signal: over.signal }).then(() => {
    throw new ConnectionProblem("statement_timeout", "The server does not answer.");
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    late.catch(() => {});
    answer.catch(() => {});
    over.abort();
  }
}

/** Name of the messages in the write-ahead log that tell which rules a transaction's writes come from. */
export const chainMessage = "axion.chain";

/** Fixes text formats, zone, time limit and tenant for the rest of a transaction. */
function settingsSql(
  identity: Pick<DataSource, "kind" | "tenantId">,
  options: { timeoutMs: number; readOnly: boolean; chain?: readonly string[] },
): string {
  const chain = options.readOnly ? [] : (options.chain ?? []);
  const names = quoteLiteral(chain.join(","));
  const settings = {
    TimeZone: "UTC",
    DateStyle: "ISO, YMD",
    IntervalStyle: "postgres",
    extra_float_digits: "1",
    bytea_output: "hex",
    statement_timeout: `${options.timeoutMs}ms`,
    "app.tenant_id": identity.kind === "workspace" ? identity.tenantId : "",
    "axion.chain": chain.join(","),
    ...(options.readOnly ? { transaction_read_only: "on" } : {}),
  };
  const calls = Object.entries(settings).map(
    ([name, value]) => `set_config('${name}', ${quoteLiteral(value)}, true)`,
  );
  // Where a log is kept that can be decoded, it says which rules the transaction's writes come from.
  if (identity.kind === "postgres" && chain.length > 0)
    calls.push(`CASE WHEN current_setting('wal_level') = 'logical' AND NOT pg_is_in_recovery()
      THEN pg_logical_emit_message(true, '${chainMessage}', ${names}) END`);
  return `SELECT ${calls.join(", ")}`;
}
