import { and, count, desc, eq, gte, lt, or, type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { decodeCursor, encodeCursor, pageSize } from "../../../shared/pagination/cursor.js";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { AuditDb } from "../db.js";
import { conversionAuditLogs as logs } from "../schema.js";
import type {
  AuditEntriesResponse,
  AuditEntry,
  AuditTrailRequest,
  ListAuditEntriesRequest,
} from "../types.js";

const cursorSchema = z.object({ timestamp: z.iso.datetime({ offset: true }), sequence: z.int() });
const pageBounds = { default: 100, max: 500 };

interface Page {
  limit?: number;
  cursor?: string;
  count?: boolean;
}

/** What was done to a record, as a source or as a target, newest first. */
export async function getAuditTrail(
  db: AuditDb,
  tenantId: string,
  request: AuditTrailRequest,
): Promise<AuditEntriesResponse> {
  const { recordId, limit, cursor } = request;
  const record = or(eq(logs.sourceRecordId, recordId), eq(logs.targetRecordId, recordId));
  return await readPage(db, tenantId, [record], { limit, cursor });
}

/** Audit entries of the tenant that fit all of the given filters, newest first. */
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
  const after = page.cursor === undefined ? undefined : decodeCursor(page.cursor, cursorSchema);
  const fitting = and(eq(logs.tenantId, tenantId), ...filters);
  const beyond =
    after === undefined
      ? undefined
      : sql`(${logs.timestamp}, ${logs.sequence}) < (${after.timestamp}::timestamptz, ${after.sequence}::bigint)`;
  return await withTenant(db, tenantId, async (tx) => {
    const [rows, [counted]] = await Promise.all([
      tx
        .select()
        .from(logs)
        .where(and(fitting, beyond))
        .orderBy(desc(logs.timestamp), desc(logs.sequence))
        .limit(limit + 1),
      page.count === true ? tx.select({ total: count() }).from(logs).where(fitting) : [],
    ]);
    const entries = rows.slice(0, limit);
    const last = rows.length > limit ? entries.at(-1) : undefined;
    return {
      entries: entries.map(toEntry),
      nextCursor: last && encodeCursor({ timestamp: last.timestamp.toISOString(), sequence: last.sequence }),
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
