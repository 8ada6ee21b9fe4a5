import postgres from "postgres";
import type { DataSource, SourceTransaction, TransactionOptions } from "./data-source.js";
import { describeSourceError } from "./postgres-errors.js";

const connectTimeoutSeconds = 10;
const idleTimeoutSeconds = 60;
const defaultStatementTimeoutMs = 60_000;

/** Opens a bounded pool: connections are made when needed and closed after a minute without use. */
export function openPool(url: string, options: { maxConnections: number; prepare: boolean }): postgres.Sql {
  return postgres(url, {
    max: options.maxConnections,
    prepare: options.prepare,
    connect_timeout: connectTimeoutSeconds,
    idle_timeout: idleTimeoutSeconds,
    fetch_types: false,
    onnotice: () => {},
    connection: { application_name: "axion" },
  });
}

/** A data source on a pool. */
export function sourceOn(pool: postgres.Sql, identity: Omit<DataSource, "begin">): DataSource {
  return {
    ...identity,
    begin: async <T>(
      work: (tx: SourceTransaction) => Promise<T>,
      options: TransactionOptions = {},
    ): Promise<T> => {
      try {
        const result = await pool.begin(options.readOnly ? "read only" : "", async (tx) => {
          await prepareTransaction(tx, identity, options);
          return await work(tx);
        });
        return result as T;
      } catch (error) {
        throw describeSourceError(error, identity.name);
      }
    },
  };
}

async function prepareTransaction(
  tx: SourceTransaction,
  identity: Omit<DataSource, "begin">,
  options: TransactionOptions,
): Promise<void> {
  const timeout = `${options.statementTimeoutMs ?? defaultStatementTimeoutMs}ms`;
  const tenant = identity.kind === "workspace" ? identity.tenantId : "";
  await tx`
    SELECT set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO, YMD', true),
      set_config('IntervalStyle', 'postgres', true), set_config('extra_float_digits', '1', true),
      set_config('bytea_output', 'hex', true), set_config('statement_timeout', ${timeout}, true),
      set_config('app.tenant_id', ${tenant}, true)`;
}
