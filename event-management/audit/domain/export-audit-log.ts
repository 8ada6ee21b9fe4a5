import { z } from "zod";
import { decodeCursor, encodeCursor } from "../../../shared/pagination/cursor.js";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { AuditDb } from "../db.js";
import type { AuditExportFilters, AuditExportPart, ReadAuditExportRequest } from "../types.js";
import { type AuditDocument, contentHashOf, documentOf } from "./chain.js";
import type { ExportEnd, ExportHeader, ExportLine } from "./export-lines.js";
import { type Proofs, readChainRows, readPoints } from "./verify-audit-log.js";

const rowsInPart = 500;
const count = z.int().min(0);
const cursorSchema = z.object({ sequence: count, through: count, entries: count, omitted: count });

type Cursor = z.infer<typeof cursorSchema>;

/**
 * One part of an export of the tenant's audit log, in the order of its chain: as NDJSON. The first begins with what
 * proves the rest; entries that were not asked for are told of by their hashes, so that the chain stays whole.
 */
export async function readAuditExport(
  db: AuditDb,
  tenantId: string,
  request: ReadAuditExportRequest,
  proofs: Proofs,
): Promise<AuditExportPart> {
  const { cursor, ...filters } = request;
  return await withTenant(db, tenantId, async (tx) => {
    const lines: ExportLine[] = [];
    let at: Cursor;
    if (cursor === undefined) {
      const points = await readPoints(tx, tenantId);
      lines.push(headerOf(tenantId, { ...points, ...proofs, filters }));
      const sequence = points.checkpoint?.sequence ?? 0;
      at = { sequence, through: points.head?.sequence ?? 0, entries: 0, omitted: 0 };
    } else {
      at = decodeCursor(cursor, cursorSchema);
    }
    const rows = await readChainRows(tx, tenantId, { after: at, limit: rowsInPart });
    const due = rows.filter((row) => row.sequence <= at.through);
    for (const row of due) {
      const { sequence, previousHash, hash } = row;
      const entry = documentOf(row);
      if (fits(entry, filters)) {
        at.entries += 1;
        lines.push({ kind: "entry", sequence, entry, previousHash, hash });
      } else {
        at.omitted += 1;
        lines.push({ kind: "omitted", sequence, contentHash: contentHashOf(entry), previousHash, hash });
      }
    }
    const last = due.length === rowsInPart ? due.at(-1) : undefined;
    if (last === undefined) {
      lines.push({ kind: "end", entries: at.entries, omitted: at.omitted } satisfies ExportEnd);
    }
    return {
      lines: lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
      nextCursor: last && encodeCursor({ ...at, sequence: last.sequence }),
    };
  });
}

function headerOf(
  tenantId: string,
  content: Proofs & Pick<ExportHeader, "head" | "checkpoint"> & { filters: AuditExportFilters },
): ExportHeader {
  const { filters, head, checkpoint, anchors, keys } = content;
  const told = Object.entries(filters).filter(([, value]) => value !== undefined);
  return {
    kind: "header",
    format: "axion-audit-log",
    version: 1,
    tenantId,
    exportedAt: new Date().toISOString(),
    filters: Object.fromEntries(
      told.map(([name, value]) => [name, value instanceof Date ? value.toISOString() : String(value)]),
    ),
    head,
    checkpoint,
    anchors: anchors.filter(({ sequence }) => head !== undefined && sequence <= head.sequence),
    keys: [...keys],
  };
}

function fits(entry: AuditDocument, filters: AuditExportFilters): boolean {
  const { eventType, ruleId, jobId, performedBy, recordId, from, to } = filters;
  const at = Date.parse(entry.timestamp);
  return (
    (eventType === undefined || entry.eventType === eventType) &&
    (ruleId === undefined || entry.ruleId === ruleId) &&
    (jobId === undefined || entry.jobId === jobId) &&
    (performedBy === undefined || entry.performedBy === performedBy) &&
    (recordId === undefined || entry.sourceRecordId === recordId || entry.targetRecordId === recordId) &&
    (from === undefined || at >= from.getTime()) &&
    (to === undefined || at < to.getTime())
  );
}
