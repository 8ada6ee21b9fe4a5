import { and, asc, eq, inArray } from "drizzle-orm";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { AuditDb } from "../db.js";
import { auditChains, earlierAuditLogs as earlier } from "../schema.js";
import { appendAuditRows } from "./append-audit-rows.js";
import type { AuditRows } from "./audit-rows.js";
import type { ChainSigner } from "./signatures.js";

const rowsAtOnce = 1_000;

/**
 * Appends entries from before there were chains to the chains of their tenants, in their order. Returns how many.
 * Any number of instances may do so at once, and an interrupted run can be begun again.
 */
export async function adoptEarlierEntries(db: AuditDb, signer: ChainSigner): Promise<number> {
  const tenants = await db
    .select({ tenantId: auditChains.tenantId })
    .from(auditChains)
    .where(eq(auditChains.earlierEntries, true));
  let adopted = 0;
  for (const { tenantId } of tenants) {
    for (let moved = rowsAtOnce; moved > 0; adopted += moved) moved = await adoptPart(db, tenantId, signer);
    await db.update(auditChains).set({ earlierEntries: false }).where(eq(auditChains.tenantId, tenantId));
  }
  return adopted;
}

async function adoptPart(db: AuditDb, tenantId: string, signer: ChainSigner): Promise<number> {
  return await withTenant(db, tenantId, async (tx) => {
    // Whoever else adopts for this tenant waits here, so that the order is kept.
    await tx.select().from(auditChains).where(eq(auditChains.tenantId, tenantId)).for("update");
    const rows = await tx
      .select()
      .from(earlier)
      .where(eq(earlier.tenantId, tenantId))
      .orderBy(asc(earlier.id))
      .limit(rowsAtOnce);
    if (rows.length === 0) return 0;
    const removed = await tx
      .delete(earlier)
      .where(
        and(
          eq(earlier.tenantId, tenantId),
          inArray(
            earlier.id,
            rows.map(({ id }) => id),
          ),
        ),
      )
      .returning({ id: earlier.id });
    if (removed.length !== rows.length) throw new Error("Earlier audit entries were taken by somebody else.");
    for (const audit of byEvent(rows)) await appendAuditRows(tx, audit, { signer });
    return rows.length;
  });
}

/** Rows that follow each other and are of one event belong together. */
function byEvent(rows: (typeof earlier.$inferSelect)[]): AuditRows[] {
  const events: AuditRows[] = [];
  for (const row of rows) {
    const { tenantId, eventId, timestamp, performedBy } = row;
    const entry = {
      eventType: row.eventType,
      sourceRecordId: row.sourceRecordId ?? undefined,
      targetRecordId: row.targetRecordId ?? undefined,
      details: row.details,
      position: row.position,
    };
    const last = events.at(-1);
    if (last?.eventId === eventId && last.timestamp.getTime() === timestamp.getTime()) {
      last.rows.push(entry);
      continue;
    }
    const [ruleId, jobId] = [row.ruleId ?? undefined, row.jobId ?? undefined];
    const correlationId = row.correlationId ?? undefined;
    events.push({ tenantId, eventId, timestamp, performedBy, ruleId, jobId, correlationId, rows: [entry] });
  }
  return events;
}
