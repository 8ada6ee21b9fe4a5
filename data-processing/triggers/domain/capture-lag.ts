import type { triggerSources } from "../../schema.js";
import type { DataSource } from "../../sources/data-source.js";

/** How far the reading of changes is behind. */
export interface Lag {
  bytes?: number;
  seconds?: number;
}

const timeoutMs = 3_000;

/** How far the reading of a data source's changes is behind; nothing where the source does not answer. */
export async function lagOf(
  open: (tenantId: string, dataSource: string) => Promise<DataSource>,
  row: Pick<typeof triggerSources.$inferSelect, "tenantId" | "source" | "mode" | "slot" | "lastChangeAt">,
): Promise<Lag> {
  try {
    const source = await open(row.tenantId, row.source);
    if (row.mode === "capture") return await lagOfNoted(source);
    if (row.mode === "replication" && row.slot !== null) return await lagOfSlot(source, row.slot);
    return {};
  } catch {
    // The state tells what is wrong with the source.
    return {};
  }
}

async function lagOfNoted(workspace: DataSource): Promise<Lag> {
  const [row] = await workspace.begin(
    (tx) => tx<{ seconds: number }[]>`
      SELECT coalesce((SELECT extract(epoch FROM now() - changed_at) FROM axion.changes
        WHERE tenant_id = ${workspace.tenantId} ORDER BY id LIMIT 1), 0)::float8 AS seconds`,
    { readOnly: true, statementTimeoutMs: timeoutMs },
  );
  return { seconds: Math.max(0, row!.seconds) };
}

/** Bytes of the write-ahead log that a slot keeps, and for how long it has not been read to its end. */
async function lagOfSlot(source: DataSource, slot: string): Promise<Lag> {
  const [row] = await source.begin(
    (tx) => tx<{ bytes: number; seconds: number | null }[]>`
      SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn)::float8 AS bytes,
        CASE WHEN s.confirmed_flush_lsn >= pg_current_wal_lsn() THEN 0
          ELSE coalesce(extract(epoch FROM r.replay_lag), 0)::float8 END AS seconds
      FROM pg_replication_slots s LEFT JOIN pg_stat_replication r ON r.pid = s.active_pid
      WHERE s.slot_name = ${slot}`,
    { readOnly: true, statementTimeoutMs: timeoutMs },
  );
  return row ? { bytes: row.bytes, seconds: row.seconds ?? undefined } : {};
}
