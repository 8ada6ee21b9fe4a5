import { and, count, eq, gte, lt, or, type SQL } from "drizzle-orm";
import { pageSize } from "../../../shared/pagination/cursor.js";
import { sortedPage } from "../../../shared/pagination/sorted-page.js";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { AuditDb } from "../db.js";
import { conversionAuditLogs as logs } from "../schema.js";
import type {
  AuditEntriesResponse,
  AuditEntry,
  AuditTrailRequest,
  ListAuditEntriesRequest,
} from "../types.js";

const sorting = {
  fields: { timestamp: logs.timestamp },
  byDefault: "-timestamp",
  id: logs.sequence,
} as const;
const pageBounds = { default: 100, max: 500 };

interface Page {
  sort?: string;
  limit?: number;
  cursor?: string;
  count?: boolean;
}

/** What was done to a record, as a source or as a target, newest first or as asked for. */
export async function getAuditTrail(
  db: AuditDb,
  tenantId: string,
  request: AuditTrailRequest,
): Promise<AuditEntriesResponse> {
  const { recordId, ...page } = request;
  const record = or(eq(logs.sourceRecordId, recordId), eq(logs.targetRecordId, recordId));
  return await readPage(db, tenantId, [record], page);
}

/** Audit entries of the tenant that fit all of the given filters, newest first or as asked for. */
export async function listAuditEntries(
  db: AuditDb,
  tenantId: string,
  request: ListAuditEntriesRequest,
): Promise<AuditEntriesResponse> {
  const filters = [
    request.ruleId === undefined ? undefined : eq(logs.ruleId, request.ruleId),
    request.jobId === undefined ? undefined : eq(logs.jobId, request.jobId),
    request.eventType === undefined ? undefined : eq(logs.eventType, request.eventType),
    request.performedBy === undefined ? undefined : eq(logs.performedBy, request.performedBy),
    request.from === undefined ? undefined : gte(logs.timestamp, request.from),
    request.to === undefined ? undefined : lt(logs.timestamp, request.to),
  ];
  return await readPage(db, tenantId, filters, request);
}

async function readPage(
  db: AuditDb,
  tenantId: string,
  filters: (SQL | undefined)[],
  page: Page,
): Promise<AuditEntriesResponse> {
  const limit = pageSize(page.limit, pageBounds);
  const order = sortedPage(page, sorting);
  const fitting = and(eq(logs.tenantId, tenantId), ...filters);
  return await withTenant(db, tenantId, async (tx) => {
    const [rows, [counted]] = await Promise.all([
      tx
        .select({ entry: logs, key: order.key })
        .from(logs)
        .where(and(fitting, order.after))
        .orderBy(order.orderBy)
        .limit(limit + 1),
      page.count === true ? tx.select({ total: count() }).from(logs).where(fitting) : [],
    ]);
    return {
      entries: rows.slice(0, limit).map(({ entry }) => toEntry(entry)),
      ...order.next(rows, limit, ({ entry }) => String(entry.sequence)),
      total: counted?.total,
    };
  });
}

function toEntry(row: typeof logs.$inferSelect): AuditEntry {
  return {
    id: String(row.sequence),
    eventType: row.eventType,
    ruleId: row.ruleId ?? undefined,
    jobId: row.jobId ?? undefined,
    sourceRecordId: row.sourceRecordId ?? undefined,
    targetRecordId: row.targetRecordId ?? undefined,
    performedBy: row.performedBy,
    timestamp: row.timestamp,
    details: row.details,
    eventId: row.eventId,
    correlationId: row.correlationId ?? undefined,
    recordedAt: row.recordedAt,
    previousHash: row.previousHash,
    hash: row.hash,
  };
}
