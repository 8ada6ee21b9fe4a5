import { and, asc, desc, eq, gt, lt } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { z } from "zod";
import { decodeCursor, encodeCursor, pageSize } from "../../../shared/pagination/cursor.js";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { triggerSources } from "../../schema.js";
import type { DataSource } from "../../sources/data-source.js";
import type { ListTriggerSourcesRequest, TriggerSource } from "../types.js";
import { type Lag, lagOf } from "./capture-lag.js";
import { countRuns } from "./list-runs.js";

const cursorSchema = z.object({ sort: z.string(), source: z.string().max(200) });

type Row = typeof triggerSources.$inferSelect;
type Open = (tenantId: string, dataSource: string) => Promise<DataSource>;

/** How changes of the tenant's data sources are noticed: of those that active automatic rules stand on. */
export async function listTriggerSources(
  db: Db,
  open: Open,
  tenantId: string,
  request: ListTriggerSourcesRequest,
): Promise<{ sources: TriggerSource[]; nextCursor?: string }> {
  const { sort = "dataSource" } = request;
  if (sort !== "dataSource" && sort !== "-dataSource")
    throw APIError.invalidArgument("sort: expected one of dataSource, -dataSource.");
  const rising = sort === "dataSource";
  const limit = pageSize(request.limit, { default: 50, max: 200 });
  const place = request.cursor === undefined ? undefined : decodeCursor(request.cursor, cursorSchema);
  if (place && place.sort !== sort)
    throw APIError.invalidArgument("cursor: not a cursor of this list in this order.");
  const { rows, counts } = await withTenant(db, tenantId, async (tx) => {
    const found = await tx
      .select()
      .from(triggerSources)
      .where(
        and(
          eq(triggerSources.tenantId, tenantId),
          place && (rising ? gt : lt)(triggerSources.source, place.source),
        ),
      )
      .orderBy(rising ? asc(triggerSources.source) : desc(triggerSources.source))
      .limit(limit + 1);
    return { rows: found, counts: await countRuns(tx, tenantId) };
  });
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const lags = await Promise.all(page.map((row) => lagOf(open, row)));
  return {
    sources: page.map((row, at) => toSource(row, counts.get(row.source), lags[at]!)),
    nextCursor: rows.length > limit && last ? encodeCursor({ sort, source: last.source }) : undefined,
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
