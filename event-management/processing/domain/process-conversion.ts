import { handleOnce } from "../../../shared/events/inbox.js";
import type { AuditEvent, ConversionEvent } from "../../../shared/events/types.js";
import { appendOnce } from "../../audit/append.js";
import type { AuditDb } from "../../audit/db.js";
import { type AuditRows, auditRowsOf, auditRowsOfReport } from "../../audit/domain/audit-rows.js";
import type { Db } from "../../db.js";
import { addToRuleStatistics, outcomeCountsOf } from "./rule-statistics.js";

/**
 * Writes a conversion event to the audit log and adds it to the statistics of its rule: each once, in the
 * transaction of its own database. Returns the audit rows that were written now.
 */
export async function processConversion(
  databases: { auditDb: AuditDb; db: Db },
  event: ConversionEvent,
): Promise<AuditRows["rows"]> {
  const audit = auditRowsOf(event);
  const delivery = { subscription: "process-conversion", eventId: event.eventId, tenantId: event.tenantId };
  const written = await appendOnce(databases.auditDb, delivery, audit);
  const counts = outcomeCountsOf(event);
  if (counts !== undefined && audit.ruleId !== undefined) {
    const rule = { tenantId: event.tenantId, ruleId: audit.ruleId, at: audit.timestamp };
    await handleOnce(databases.db, delivery, (tx) => addToRuleStatistics(tx, rule, counts));
  }
  return written ? audit.rows : [];
}

/** Writes to the audit log what a service reported for it, once. Returns the audit rows that were written now. */
export async function logAudit(auditDb: AuditDb, event: AuditEvent): Promise<AuditRows["rows"]> {
  const audit = auditRowsOfReport(event);
  const delivery = { subscription: "log-audit", eventId: event.eventId, tenantId: event.tenantId };
  const written = await appendOnce(auditDb, delivery, audit);
  return written ? audit.rows : [];
}
