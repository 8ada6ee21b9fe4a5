import type postgres from "postgres";
import { describeConnectionProblem } from "../../shared/network/connection-problem.js";
import { openTenantPostgres } from "../../shared/network/tenant-postgres.js";
import type { DataSourceProblem, ResolvedDataSource, TestDataSourceResponse } from "../types.js";

const timeoutMs = 5_000;

interface Facts {
  version: string;
  encrypted: boolean | null;
  read_only: boolean;
  entities: number;
  readable: number;
  insertable: number;
  links: boolean;
}

/**
 * Connects to a Postgres server and looks at what the user may do there, for 10 s at most. What goes wrong is an answer,
 * not an error: it is what the caller asked to know.
 */
export async function testDataSource(
  settings: Omit<ResolvedDataSource, "id" | "name">,
): Promise<TestDataSourceResponse> {
  const startedAt = performance.now();
  const milliseconds = () => Math.round(performance.now() - startedAt);
  const client = openTenantPostgres(settings, {
    maxConnections: 1,
    connectTimeoutMs: timeoutMs,
    silenceMs: timeoutMs,
  });
  try {
    const facts = await client.begin("read only", async (tx) => {
      await tx`SELECT set_config('statement_timeout', ${`${timeoutMs}ms`}, true)`;
      return await readFacts(tx);
    });
    const problems = findProblems(facts, settings.readOnly);
    return {
      reachable: true,
      serverVersion: facts.version,
      milliseconds: milliseconds(),
      encrypted: facts.encrypted ?? undefined,
      readableEntities: facts.readable,
      writable: !settings.readOnly && !facts.read_only && facts.insertable > 0 && facts.links,
      problems,
      error: problems[0]?.message,
    };
  } catch (error) {
    const problem = describeConnectionProblem(error);
    if (problem === undefined) throw error;
    const problems = [{ code: problem.code, message: problem.message }];
    return { reachable: false, milliseconds: milliseconds(), problems, error: problem.message };
  } finally {
    await client.end({ timeout: 1 });
  }
}

async function readFacts(tx: postgres.TransactionSql): Promise<Facts> {
  const [facts] = await tx<Facts[]>`
    WITH entities AS MATERIALIZED (
      SELECT c.oid, c.relkind, has_schema_privilege(n.oid, 'USAGE') AS usable
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND n.nspname !~ '^pg_'
        AND n.nspname NOT IN ('information_schema', 'axion')
      LIMIT 10000
    )
    SELECT current_setting('server_version') AS version,
      (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()) AS encrypted,
      pg_is_in_recovery() OR (SELECT reset_val FROM pg_settings WHERE name = 'default_transaction_read_only') = 'on' AS read_only,
      count(*)::integer AS entities,
      (count(*) FILTER (WHERE usable AND has_table_privilege(oid, 'SELECT')))::integer AS readable,
      (count(*) FILTER (WHERE usable AND relkind IN ('r', 'p') AND has_table_privilege(oid, 'INSERT')))::integer AS insertable,
      coalesce((SELECT has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'INSERT')
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'axion' AND c.relname = 'links'),
        has_database_privilege(current_database(), 'CREATE')) AS links
    FROM entities`;
  return facts!;
}

function findProblems(facts: Facts, readOnly: boolean): DataSourceProblem[] {
  const problems: DataSourceProblem[] = [];
  const missing = (message: string) => problems.push({ code: "privilege_missing", message });
  if (facts.entities > 0 && facts.readable === 0) {
    missing(
      `The user may read none of the ${facts.entities} tables and views: grant USAGE on their schema and SELECT on them.`,
    );
  }
  if (readOnly) return problems;
  if (facts.read_only) {
    const message = "The server is read-only: records can be read from it, and none written to it.";
    problems.push({ code: "read_only", message });
    return problems;
  }
  if (facts.readable > 0 && facts.insertable === 0) {
    missing("The user may write to no table: grant INSERT and UPDATE, or set the source to readOnly.");
  }
  if (!facts.links) {
    missing(
      'The user may neither create the schema "axion" nor write to the table axion.links there, where conversions record ' +
        "which target record each source record became: grant CREATE on the database, or set the source to readOnly.",
    );
  }
  return problems;
}
