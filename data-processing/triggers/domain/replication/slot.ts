import { createHash } from "node:crypto";
import type postgres from "postgres";
import type { DataSource } from "../../../sources/data-source.js";
import { quoteLiteral, quoteTable, type TableName } from "../../../sources/identifiers.js";
import { postgresError } from "../../../sources/postgres-errors.js";

/** Name of the slot and of the publication of a tenant's data source. */
export function captureName(tenantId: string, source: string): string {
  const digest = createHash("sha256")
    .update(JSON.stringify([tenantId, source]))
    .digest("hex");
  return `axion_${digest.slice(0, 32)}`;
}

/** A table whose changes are wanted. */
export interface WantedTable {
  entity: string;
  name: TableName;
  /** Conditions read the values before an update. */
  readsOld: boolean;
}

/** What replication can be had of a data source: of which tables, and why not of the others. */
export interface Replication {
  /** Tables of the publication; none where there is no replication at all. */
  tables: WantedTable[];
  refused: { entity: string; reason: string }[];
  /** Why there is none at all. */
  reason?: string;
  /** The slot was made now. */
  created: boolean;
  /** There was one before, which the server has lost. */
  lost: boolean;
  /** Entities whose REPLICA IDENTITY was made FULL now. */
  identified: string[];
  /** The server can tell of messages, which carry which rules a write comes from. */
  messages: boolean;
}

interface TableRow {
  kind: string | null;
  /** The role owns it and all of its partitions. */
  owned: boolean;
  /** It and all of its partitions tell all values before an update. */
  full: boolean;
  /** Updates of it, and of all of its partitions, say which row they are of: without that Postgres refuses them. */
  identified: boolean;
}

/**
 * Makes slot and publication for these tables, where they are not there yet, on a connection to the log. Where the server
 * or the rights of its user do not permit that, nothing is left behind, and the reason is told.
 */
export async function ensureReplication(
  sql: postgres.Sql,
  name: string,
  wanted: readonly WantedTable[],
  hadSlot: boolean,
): Promise<Replication> {
  const none = { tables: [], created: false, lost: false, identified: [], messages: false };
  const refuse = (reason: string): Replication => ({
    ...none,
    reason,
    refused: wanted.map(({ entity }) => ({ entity, reason })),
  });
  const tables: WantedTable[] = [];
  const refused: Replication["refused"] = [];
  const identified: string[] = [];
  try {
    const [server] = await query<{ level: string; version: string; recovering: string }>(
      sql,
      "SELECT current_setting('wal_level') AS level, current_setting('server_version_num') AS version, pg_is_in_recovery()::text AS recovering",
    );
    if (server!.level !== "logical")
      return refuse(`The server's wal_level is "${server!.level}": replication needs "logical".`);
    if (server!.recovering === "true") return refuse("The server is a standby.");
    for (const table of wanted) {
      const reason = await refusal(sql, table, { version: Number(server!.version), identified });
      if (reason === undefined) tables.push(table);
      else refused.push({ entity: table.entity, reason });
    }
    if (tables.length === 0) return { ...none, refused, reason: refused[0]?.reason };
    await ensurePublication(sql, name, tables, Number(server!.version));
    const { created, lost } = await ensureSlot(sql, name, hadSlot);
    return { tables, refused, created, lost, identified, messages: Number(server!.version) >= 140_000 };
  } catch (error) {
    const cause = postgresError(error);
    // No right, wal_level, no free slot or sender, not supported, a pooler in between: the source stays as it was.
    if (!cause || !["42501", "55000", "53300", "53400", "0A000", "08P01"].includes(cause.code)) throw error;
    if (!hadSlot) await query(sql, `DROP PUBLICATION IF EXISTS ${name}`).catch(() => {});
    return refuse(`The server does not permit replication: ${cause.message}.`);
  }
}

async function refusal(
  sql: postgres.Sql,
  { entity, name, readsOld }: WantedTable,
  { version, identified }: { version: number; identified: string[] },
): Promise<string | undefined> {
  const table = quoteTable(name);
  const row = await describeTable(sql, table, version);
  if (!row) return `There is no table ${table}.`;
  if (row.kind !== "r" && row.kind !== "p") return `${table} is no table: a view has no changes of its own.`;
  if (row.kind === "p" && version < publishesRoots)
    return `${table} is partitioned: its changes can be published from Postgres 13 on.`;
  // A partition that is made later has no identity but its key, and Postgres would refuse its owner's updates.
  if (row.kind === "p" && !row.identified) return `${table} is partitioned and has no primary key.`;
  if (!row.owned) return `Only the owner of ${table} may publish its changes.`;
  if ((readsOld && !row.full) || !row.identified) {
    await setIdentity(sql, table, "FULL");
    identified.push(entity);
  }
  return undefined;
}

/** The first version of Postgres that publishes changes of partitions as those of their table. */
const publishesRoots = 130_000;

/** The table itself and, of a partitioned one, its partitions, as a list of object ids for a WHERE clause. */
const partsOf = (table: string, version: number): string => {
  const root = `to_regclass(${quoteLiteral(table)})`;
  return version < publishesRoots
    ? `(SELECT ${root}::oid)`
    : `(SELECT ${root}::oid UNION SELECT relid FROM pg_partition_tree(${root}))`;
};

async function describeTable(
  sql: postgres.Sql,
  table: string,
  version: number,
): Promise<TableRow | undefined> {
  const [row] = await query<{ [field in keyof TableRow]: string | null }>(
    sql,
    `SELECT min(c.relkind::text) FILTER (WHERE c.oid = to_regclass(${quoteLiteral(table)})) AS kind,
       bool_and(pg_has_role(c.relowner, 'USAGE'))::text AS owned, bool_and(c.relreplident = 'f')::text AS full,
       bool_and(c.relreplident = 'f' OR EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisvalid
         AND CASE c.relreplident WHEN 'd' THEN i.indisprimary AND i.indimmediate
           WHEN 'i' THEN i.indisreplident ELSE false END))::text AS identified
     FROM pg_class c WHERE c.oid IN ${partsOf(table, version)}`,
  );
  if (!row || row.kind === null) return undefined;
  const { kind, owned, full, identified } = row;
  return { kind, owned: owned === "true", full: full === "true", identified: identified === "true" };
}

async function setIdentity(sql: postgres.Sql, table: string, identity: "FULL" | "DEFAULT"): Promise<void> {
  const [server] = await query<{ version: string }>(
    sql,
    "SELECT current_setting('server_version_num') AS version",
  );
  const parts = await query<{ name: string }>(
    sql,
    `SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.oid IN ${partsOf(table, Number(server!.version))}`,
  );
  for (const { name } of parts)
    await query(sql, `ALTER TABLE IF EXISTS ${name} REPLICA IDENTITY ${identity}`);
}

async function ensurePublication(
  sql: postgres.Sql,
  name: string,
  tables: readonly WantedTable[],
  version: number,
): Promise<void> {
  const list = tables.map((table) => quoteTable(table.name)).join(", ");
  const roots = version < publishesRoots ? "" : ", publish_via_partition_root = true";
  const options = `(publish = 'insert, update'${roots})`;
  const [found] = await query(sql, `SELECT 1 AS one FROM pg_publication WHERE pubname = '${name}'`);
  if (!found) {
    await query(sql, `CREATE PUBLICATION ${name} FOR TABLE ${list} WITH ${options}`);
    return;
  }
  await query(sql, `ALTER PUBLICATION ${name} SET TABLE ${list}`);
  await query(sql, `ALTER PUBLICATION ${name} SET ${options}`);
}

async function ensureSlot(
  sql: postgres.Sql,
  name: string,
  hadSlot: boolean,
): Promise<{ created: boolean; lost: boolean }> {
  const [slot] = await query<{ lost: string }>(
    sql,
    `SELECT (to_jsonb(s) ->> 'wal_status' = 'lost')::text AS lost FROM pg_replication_slots s
     WHERE slot_name = '${name}' AND database = current_database()`,
  );
  if (slot && slot.lost !== "true") return { created: false, lost: false };
  if (slot) await query(sql, `SELECT pg_drop_replication_slot('${name}')`);
  await query(sql, `SELECT pg_create_logical_replication_slot('${name}', 'pgoutput')`);
  return { created: true, lost: hadSlot };
}

/** Removes slot and publication, and gives tables back their identity. What is not there is no error. */
export async function removeReplication(
  sql: postgres.Sql,
  name: string,
  identified: readonly string[],
): Promise<void> {
  const [slot] = await query<{ pid: number | null }>(
    sql,
    `SELECT active_pid AS pid FROM pg_replication_slots WHERE slot_name = '${name}' AND database = current_database()`,
  );
  if (slot?.pid) await query(sql, `SELECT pg_terminate_backend(${Number(slot.pid)}, 2000)`).catch(() => {});
  if (slot) await dropSlot(sql, name);
  await query(sql, `DROP PUBLICATION IF EXISTS ${name}`);
  for (const table of identified) await setIdentity(sql, table, "DEFAULT");
}

async function dropSlot(sql: postgres.Sql, name: string): Promise<void> {
  try {
    await query(sql, `SELECT pg_drop_replication_slot('${name}')`);
  } catch (error) {
    // Somebody else has dropped it meanwhile.
    if (postgresError(error)?.code !== "42704") throw error;
  }
}

/** Bytes of the write-ahead log that the slot keeps; undefined where it is not there. */
export async function retainedBytes(source: DataSource, name: string): Promise<number | undefined> {
  const [row] = await source.begin(
    (tx) => tx<{ bytes: number }[]>`
      SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::float8 AS bytes
      FROM pg_replication_slots WHERE slot_name = ${name}`,
    { readOnly: true },
  );
  return row?.bytes;
}

/** Connections to the log take statements without parameters only. */
async function query<Row = unknown>(sql: postgres.Sql, statement: string): Promise<Row[]> {
  return (await sql.unsafe(statement).simple()) as unknown as Row[];
}
