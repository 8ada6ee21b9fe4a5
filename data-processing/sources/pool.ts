import { setTimeout as delay } from "node:timers/promises";
import postgres from "postgres";
import { ConnectionProblem } from "../../shared/network/connection-problem.js";
import type { DataSource, SourceTransaction, TransactionOptions } from "./data-source.js";
import { describeSourceError } from "./postgres-errors.js";

/** A pool, what its source is set to, and how much of it is in use. */
export interface SourcePool {
  sql: postgres.Sql;
  statementTimeoutMs: number;
  inUse: number;
}

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
  return { sql, statementTimeoutMs: defaultStatementTimeoutMs, inUse: 0 };
}

/** A data source on a pool. */
export function sourceOn(pool: SourcePool, identity: Omit<DataSource, "begin" | "readOnce">): DataSource {
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
            await prepareTransaction(tx, identity, timeoutOf(pool, options.statementTimeoutMs));
            return await work(tx);
          })) as T,
      ),
    readOnce: async <Row>(statement: string, timeoutMs: number): Promise<Row[]> =>
      await using(async () => {
        const timeout = timeoutOf(pool, timeoutMs);
        // Several statements in one message are one transaction, which the setting ends with.
        const message = `SELECT set_config('statement_timeout', '${timeout}ms', true); ${statement}`;
        const answer = pool.sql.unsafe(message).simple() as unknown as Promise<[unknown, Row[]]>;
        return (await orTimeout(answer, timeout + graceMs))[1];
      }),
  };
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

async function prepareTransaction(
  tx: SourceTransaction,
  identity: Pick<DataSource, "kind" | "tenantId">,
  timeoutMs: number,
): Promise<void> {
  const tenant = identity.kind === "workspace" ? identity.tenantId : "";
  await tx`
    SELECT set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO, YMD', true),
      set_config('IntervalStyle', 'postgres', true), set_config('extra_float_digits', '1', true),
      set_config('bytea_output', 'hex', true), set_config('statement_timeout', ${`${timeoutMs}ms`}, true),
      set_config('app.tenant_id', ${tenant}, true)`;
}
