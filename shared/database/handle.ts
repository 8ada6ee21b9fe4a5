import type { PgDatabase } from "drizzle-orm/pg-core";
import { drizzle, type PostgresJsDatabase, type PostgresJsQueryResultHKT } from "drizzle-orm/postgres-js";
import postgres from "postgres";

/** A service's database or one of its transactions, whatever its schema: what code shared by services takes. */
export type AnyDb<TSchema extends Record<string, unknown> = Record<string, unknown>> = PgDatabase<
  PostgresJsQueryResultHKT,
  TSchema
>;

export interface ConnectOptions<TSchema extends Record<string, unknown>> {
  /** `SQLDatabase.connectionString` of the service's own database. */
  connectionString: string;
  /** The service's tables. */
  schema: TSchema;
  /** Upper bound of the pool; 10 by default. */
  maxConnections?: number;
  /** The server ends a statement that runs longer; 30 s by default. */
  statementTimeoutMs?: number;
}

/**
 * Opens a pooled Drizzle handle. Connections are made when first needed and given back to the server after 60 s
 * without use; connecting is given up after 10 s.
 */
export function connectDatabase<TSchema extends Record<string, unknown>>(
  options: ConnectOptions<TSchema>,
): PostgresJsDatabase<TSchema> & { $client: postgres.Sql } {
  const client = postgres(options.connectionString, {
    max: options.maxConnections ?? 10,
    connect_timeout: 10,
    idle_timeout: 60,
    onnotice: () => {},
    connection: { application_name: "axion", statement_timeout: options.statementTimeoutMs ?? 30_000 },
  });
  return drizzle(client, { schema: options.schema });
}
