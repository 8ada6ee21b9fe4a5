import type { DataSource, SourceTransaction } from "../../sources/data-source.js";
import { makeTables } from "./links.js";

const identity = `
    tenant_id text NOT NULL,
    rule_id uuid NOT NULL,
    source_entity text NOT NULL,
    source_key text NOT NULL`;
const key = "PRIMARY KEY (tenant_id, rule_id, source_entity, source_key)";

/** What is still to be set on the source, and what is to be restored there, beside the target's records. */
const besideTarget = `
  CREATE SCHEMA IF NOT EXISTS axion;
  CREATE TABLE IF NOT EXISTS axion.write_backs (${identity},
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    fields jsonb NOT NULL,
    error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    ${key}
  );
  CREATE TABLE IF NOT EXISTS axion.write_back_undos (${identity},
    undo_id uuid NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz NOT NULL,
    force boolean NOT NULL,
    error text,
    ${key}
  );`;

/** What was set, and what it overwrote, beside the source's records. */
const besideSource = `
  CREATE SCHEMA IF NOT EXISTS axion;
  CREATE TABLE IF NOT EXISTS axion.applied_write_backs (${identity},
    id uuid NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    ${key}
  );
  CREATE TABLE IF NOT EXISTS axion.write_back_images (
    id bigint GENERATED ALWAYS AS IDENTITY,${identity},
    converted_at timestamptz NOT NULL,
    before_image jsonb NOT NULL,
    after_image jsonb NOT NULL,
    undone_by uuid,
    PRIMARY KEY (tenant_id, rule_id, source_entity, source_key, id)
  );`;

/**
 * Makes the tables of write-backs where they are not there yet: beside the source what was set and what that
 * overwrote and, where the target is in another database, beside it what is still to be set and to be restored. The
 * workspace has them from its migrations.
 */
export async function ensureWriteBacks(source: DataSource, target: DataSource): Promise<void> {
  await ensure(source, (tx) => makeSourceTables(tx, source));
  if (source.database !== target.database)
    await ensure(target, (tx) => make(tx, target, "axion.write_back_undos", besideTarget));
}

/** Makes the tables beside the source's records, in the running transaction. */
export async function makeSourceTables(tx: SourceTransaction, source: DataSource): Promise<void> {
  await make(tx, source, "axion.write_back_images", besideSource);
}

async function ensure(place: DataSource, work: (tx: SourceTransaction) => Promise<void>): Promise<void> {
  if (place.kind !== "workspace") await place.begin(work);
}

async function make(
  tx: SourceTransaction,
  place: DataSource,
  table: string,
  statement: string,
): Promise<void> {
  if (place.kind === "workspace" || (await hasTable(tx, table))) return;
  await makeTables(tx, place, async () => void (await tx.unsafe(statement)));
}

/** Whether a table is there. */
export async function hasTable(tx: SourceTransaction, table: string): Promise<boolean> {
  const [row] = await tx<{ found: boolean }[]>`SELECT to_regclass(${table}::text) IS NOT NULL AS found`;
  return row?.found ?? false;
}
