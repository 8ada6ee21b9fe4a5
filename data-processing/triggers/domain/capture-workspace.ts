import { and, eq, sql } from "drizzle-orm";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import type { RuleWorld } from "../../entity-conversion/domain/prepare-rule.js";
import { triggerSources } from "../../schema.js";
import { type DataSource, workspaceSource } from "../../sources/data-source.js";
import { parseEntityName } from "../../sources/identifiers.js";
import type { ChangeOperation } from "../types.js";
import { activeAutomaticRules } from "./active-rules.js";
import type { Match } from "./match-changes.js";
import { matchFresh } from "./match-fresh.js";
import type { NotedChange } from "./read-changes.js";
import { recordRuns } from "./record-runs.js";

/** Postgres channel of the workspace that tells of noted changes. */
export const changesChannel = "axion_changes";

const changesAtATime = 500;

/** What reading changes needs of its surroundings. */
export interface CaptureWorld {
  db: Db;
  world: (tenantId: string, options: { fresh: boolean }) => RuleWorld;
  /** Whether changes of the tenant's data start anything. */
  isAutomatic: (tenantId: string) => Promise<boolean>;
}

interface NotedRow {
  id: string;
  entity: string;
  operation: ChangeOperation;
  old_record: string | null;
  new_record: string;
  chain: string;
  changed_at: string;
}

/**
 * Puts the runs that a tenant's next noted changes start on record, and removes the changes then: one that comes again
 * after a crash finds its runs. Returns how many there were.
 */
export async function captureWorkspace(on: CaptureWorld, workspace: DataSource): Promise<number> {
  const { tenantId } = workspace;
  const rows = await workspace.begin(
    (tx) => tx<NotedRow[]>`
      SELECT id::text, entity, operation, old_record::text, new_record::text, chain,
        to_char(changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS changed_at
      FROM axion.changes WHERE tenant_id = ${tenantId} ORDER BY id LIMIT ${changesAtATime}`,
    { readOnly: true },
  );
  if (rows.length === 0) return 0;
  if (await on.isAutomatic(tenantId)) await record(on, tenantId, rows);
  const ids = JSON.stringify(rows.map(({ id }) => id));
  await workspace.begin(
    (tx) => tx`
      DELETE FROM axion.changes WHERE tenant_id = ${tenantId}
        AND id = ANY (ARRAY(SELECT json_array_elements_text(${ids}::text::json)::bigint))`,
  );
  return rows.length;
}

async function record(on: CaptureWorld, tenantId: string, rows: readonly NotedRow[]): Promise<void> {
  const rules = await activeAutomaticRules(on.db, tenantId, workspaceSource);
  const matches: { entity: string; matches: Match[] }[] = [];
  for (const entity of new Set(rows.map((row) => row.entity))) {
    const concerned = rules.filter(
      ({ definition }) => parseEntityName(definition.source.entity, "").table === entity,
    );
    if (concerned.length === 0) continue;
    const changes = rows.filter((row) => row.entity === entity).map(toChange);
    const given = { dataSource: workspaceSource, entity, rules: concerned, changes };
    matches.push({ entity, matches: await matchFresh(on, tenantId, given) });
  }
  const last = rows.at(-1)!.changed_at;
  await withTenant(on.db, tenantId, async (tx) => {
    for (const found of matches)
      await recordRuns(tx, { tenantId, dataSource: workspaceSource, entity: found.entity }, found.matches);
    await tx
      .update(triggerSources)
      .set({ lastChangeAt: sql`greatest(${triggerSources.lastChangeAt}, ${last}::timestamptz)` })
      .where(and(eq(triggerSources.tenantId, tenantId), eq(triggerSources.source, workspaceSource)));
  });
}

function toChange(row: NotedRow): NotedChange {
  return {
    id: row.id,
    operation: row.operation,
    oldRecord: row.old_record,
    newRecord: row.new_record,
    chain: row.chain === "" ? [] : row.chain.split(","),
    changedAt: new Date(row.changed_at),
  };
}
