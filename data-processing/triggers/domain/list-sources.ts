import { and, eq } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { pageSize } from "../../../shared/pagination/cursor.js";
import { sortedPage } from "../../../shared/pagination/sorted-page.js";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { triggerSources } from "../../schema.js";
import type { DataSource } from "../../sources/data-source.js";
import type { ListTriggerSourcesRequest, TriggerSource } from "../types.js";
import { type Lag, lagOf } from "./capture-lag.js";
import { countRuns } from "./list-runs.js";

const sorting = {
  fields: { dataSource: triggerSources.source },
  byDefault: "dataSource",
  id: triggerSources.source,
} as const;

type Row = typeof triggerSources.$inferSelect;
type Open = (tenantId: string, dataSource: string) => Promise<DataSource>;

/** How changes of the tenant's data sources are noticed: of those that active automatic rules stand on. */
export async function listTriggerSources(
  db: Db,
  open: Open,
  tenantId: string,
  request: ListTriggerSourcesRequest,
): Promise<{ sources: TriggerSource[]; nextCursor?: string }> {
  const limit = pageSize(request.limit, { default: 50, max: 200 });
  const order = sortedPage(request, sorting);
  const { rows, counts } = await withTenant(db, tenantId, async (tx) => {
    const found = await tx
      .select({ row: triggerSources, key: order.key })
      .from(triggerSources)
      .where(and(eq(triggerSources.tenantId, tenantId), order.after))
      .orderBy(order.orderBy)
      .limit(limit + 1);
    return { rows: found, counts: await countRuns(tx, tenantId) };
  });
  const page = rows.slice(0, limit).map(({ row }) => row);
  const lags = await Promise.all(page.map((row) => lagOf(open, row)));
  return {
    sources: page.map((row, at) => toSource(row, counts.get(row.source), lags[at]!)),
    ...order.next(rows, limit, ({ row }) => row.source),
  };
}

/** How changes of one data source are noticed. Throws `notFound` where no automatic rule stands on it. */
export async function getTriggerSource(
  db: Db,
  open: Open,
  tenantId: string,
  dataSource: string,
): Promise<TriggerSource> {
  const { row, counts } = await withTenant(db, tenantId, async (tx) => ({
    row: await findTriggerSource(tx, tenantId, dataSource),
    counts: await countRuns(tx, tenantId),
  }));
  return toSource(row, counts.get(row.source), await lagOf(open, row));
}

/** The state of a data source's capture. Throws `notFound`. */
export async function findTriggerSource(tx: Db, tenantId: string, dataSource: string): Promise<Row> {
  const [row] = await tx
    .select()
    .from(triggerSources)
    .where(and(eq(triggerSources.tenantId, tenantId), eq(triggerSources.source, dataSource)));
  if (row) return row;
  throw APIError.notFound(
    `No active automatic rule stands on a data source "${dataSource.slice(0, 100)}".`,
  ).withDetails({ reason: "unknown_trigger_source" });
}

function toSource(row: Row, counts: { queued: number; failed: number } | undefined, lag: Lag): TriggerSource {
  return {
    dataSource: row.source,
    state: row.state,
    mode: row.mode ?? undefined,
    reason: row.reason ?? undefined,
    entities: row.entities,
    slot: row.slot ?? undefined,
    publication: row.publication ?? undefined,
    lagBytes: lag.bytes,
    lagSeconds: lag.seconds,
    since: row.startedAt ?? undefined,
    lastChangeAt: row.lastChangeAt ?? undefined,
    error: row.error ?? undefined,
    failingSince: row.failingSince ?? undefined,
    queued: counts?.queued ?? 0,
    failed: counts?.failed ?? 0,
  } satisfies TriggerSource;
}
