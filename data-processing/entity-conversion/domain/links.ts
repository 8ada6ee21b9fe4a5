import { APIError } from "encore.dev/api";
import type { DataSource, SourceTransaction } from "../../sources/data-source.js";
import { postgresError } from "../../sources/postgres-errors.js";

/** An empty stand-in for the links of a database that has none yet. */
export const noLinks =
  "(SELECT NULL::text AS tenant_id, NULL::uuid AS rule_id, NULL::text AS source_entity, NULL::text AS source_key, " +
  "NULL::text AS target_entity, NULL::text AS target_key, NULL::uuid AS source_hash, NULL::uuid AS job_id, NULL::text AS action WHERE false)";

/** Whether the database has the table of links. */
export async function hasLinks(tx: SourceTransaction): Promise<boolean> {
  const [row] = await tx<{ found: boolean }[]>`SELECT to_regclass('axion.links') IS NOT NULL AS found`;
  return row?.found ?? false;
}

/**
 * Makes the table of links in a tenant's own database, where it is not there yet. The workspace has it from its
 * migrations.
 */
export async function ensureLinks(source: DataSource): Promise<void> {
  if (source.kind === "workspace") return;
  await source.begin((tx) => makeLinks(tx, source));
}

/** As `ensureLinks`, in the running transaction. */
export async function makeLinks(tx: SourceTransaction, source: DataSource): Promise<void> {
  if (source.kind === "workspace" || (await hasLinks(tx))) return;
  try {
    await tx`SELECT pg_advisory_xact_lock(hashtextextended('axion.links', 0))`;
    await tx.unsafe(`
        CREATE SCHEMA IF NOT EXISTS axion;
        CREATE TABLE IF NOT EXISTS axion.links (
          tenant_id text NOT NULL,
          rule_id uuid NOT NULL,
          source_entity text NOT NULL,
          source_key text NOT NULL,
          target_entity text NOT NULL,
          target_key text NOT NULL,
          rule_version integer NOT NULL,
          job_id uuid,
          action text NOT NULL,
          source_hash uuid NOT NULL,
          before_image jsonb,
          after_hash uuid,
          created_at timestamptz NOT NULL DEFAULT now(),
          updated_at timestamptz NOT NULL DEFAULT now(),
          PRIMARY KEY (tenant_id, rule_id, source_entity, source_key)
        );`);
  } catch (error) {
    if (postgresError(error)?.code !== "42501") throw error;
    throw APIError.failedPrecondition(
      `The data source "${source.name}" must let its user create the schema "axion", or hold the table axion.links, where ` +
        `conversions record which target record each source record became: ${(error as Error).message}.`,
    ).withDetails({ reason: "links_not_permitted", dataSource: source.name });
  }
}
