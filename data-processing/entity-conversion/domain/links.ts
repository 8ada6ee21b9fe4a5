import { APIError } from "encore.dev/api";
import type { DataSource, SourceTransaction } from "../../sources/data-source.js";
import { postgresError } from "../../sources/postgres-errors.js";
import { linkHistoryTable } from "./link-history.js";

/** An empty stand-in for the links of a database that has none yet. */
export const noLinks =
  "(SELECT NULL::text AS tenant_id, NULL::uuid AS rule_id, NULL::text AS source_entity, NULL::text AS source_key, " +
  "NULL::text AS part, NULL::text AS target_entity, NULL::text AS target_key, NULL::uuid AS source_hash, NULL::uuid AS job_id, NULL::text AS action WHERE false)";

/** Whether the database has the tables of links, as they are now. */
export async function hasLinks(tx: SourceTransaction): Promise<boolean> {
  const [row] = await tx<
    { found: boolean }[]
  >`SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('axion.links') AND attname = 'part')
      AND to_regclass('axion.link_history') IS NOT NULL AS found`;
  return row?.found ?? false;
}

/** Whether links have a column for the parts of a rule. */
async function hasParts(tx: SourceTransaction): Promise<boolean> {
  const [row] = await tx<
    { found: boolean }[]
  >`SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('axion.links') AND attname = 'part') AS found`;
  return row?.found ?? false;
}

/**
 * Makes the tables of links in a tenant's own database, where it is not there yet, or brings it up to date. The
 * workspace has it from its migrations.
 */
export async function ensureLinks(source: DataSource): Promise<void> {
  if (source.kind === "workspace") return;
  await source.begin((tx) => makeLinks(tx, source));
}

const links = `
  CREATE TABLE IF NOT EXISTS axion.links (
    tenant_id text NOT NULL,
    rule_id uuid NOT NULL,
    source_entity text NOT NULL,
    source_key text NOT NULL,
    part text NOT NULL DEFAULT '',
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
    PRIMARY KEY (tenant_id, rule_id, source_entity, source_key, part)
  )`;

/** Tables of before rules made several records. */
const parts = `
  ALTER TABLE axion.links ADD COLUMN IF NOT EXISTS part text NOT NULL DEFAULT '';
  ALTER TABLE axion.links DROP CONSTRAINT links_pkey,
    ADD CONSTRAINT links_pkey PRIMARY KEY (tenant_id, rule_id, source_entity, source_key, part)`;

/** As `ensureLinks`, in the running transaction. */
export async function makeLinks(tx: SourceTransaction, source: DataSource): Promise<void> {
  if (source.kind === "workspace" || (await hasLinks(tx))) return;
  await makeTables(tx, source, async () => {
    await tx.unsafe(`CREATE SCHEMA IF NOT EXISTS axion; ${links};`);
    if (!(await hasParts(tx))) await tx.unsafe(parts);
    await tx.unsafe(linkHistoryTable);
  });
}

/**
 * Runs statements that make tables in the schema `axion` of a tenant's own database, one run at a time. Throws
 * `failedPrecondition` where its user may not.
 */
export async function makeTables(
  tx: SourceTransaction,
  source: DataSource,
  make: () => Promise<void>,
): Promise<void> {
  try {
    await tx`SELECT pg_advisory_xact_lock(hashtextextended('axion.links', 0))`;
    await make();
  } catch (error) {
    if (postgresError(error)?.code !== "42501") throw error;
    throw APIError.failedPrecondition(
      `The data source "${source.name}" must let its user create the schema "axion", or hold its tables (axion.links …), where ` +
        `conversions record which target record each source record became: ${(error as Error).message}.`,
    ).withDetails({ reason: "links_not_permitted", dataSource: source.name });
  }
}
