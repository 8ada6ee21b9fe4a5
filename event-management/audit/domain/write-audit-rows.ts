import { sql } from "drizzle-orm";
import type { AuditDb } from "../db.js";
import type { AuditRows } from "./audit-rows.js";

/**
 * Writes the audit rows of one event in one statement, however many they are. Rows that are there already stay as
 * they are. Returns how many were written. The tenant must be set on the transaction.
 */
export async function writeAuditRows(tx: AuditDb, audit: AuditRows): Promise<number> {
  const rows = audit.rows.map((row, position) => ({ ...row, position }));
  const written = await tx.execute(sql`
    insert into conversion_audit_logs
      (tenant_id, event_type, rule_id, job_id, source_record_id, target_record_id, performed_by, "timestamp",
       details, event_id, position, correlation_id)
    select
      ${audit.tenantId}, row."eventType", ${audit.ruleId ?? null}, ${audit.jobId ?? null}, row."sourceRecordId",
      row."targetRecordId", ${audit.performedBy}, ${audit.timestamp.toISOString()}::timestamptz, row.details,
      ${audit.eventId}, row.position, ${audit.correlationId ?? null}
    from json_to_recordset(${JSON.stringify(rows)}::json) as row (
      "eventType" text, "sourceRecordId" text, "targetRecordId" text, details jsonb, position integer
    )
    on conflict (event_id, position) do nothing`);
  return written.count;
}
