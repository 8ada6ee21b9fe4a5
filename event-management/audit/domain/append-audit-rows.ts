import { sql } from "drizzle-orm";
import type { AuditDb } from "../db.js";
import type { AuditRows } from "./audit-rows.js";
import { type AuditContent, chainHash, contentHashOf, documentOf, genesisHash } from "./chain.js";
import type { ChainSigner } from "./signatures.js";

export interface AppendOptions {
  signer: ChainSigner;
  /** When the rows are appended; the database's clock by default. */
  recordedAt?: Date;
}

interface Head extends Record<string, unknown> {
  /** `bigint`, as text. */
  sequence: string;
  hash: string;
  /** Later than the row before, or at the same time. ISO 8601. */
  recordedAt: string;
}

/**
 * Appends the audit rows of one event to the tenant's chain and signs its new head: two statements, however many rows
 * they are. Who appends to the same chain waits until this transaction ends. The tenant must be set on it.
 */
export async function appendAuditRows(tx: AuditDb, audit: AuditRows, options: AppendOptions): Promise<void> {
  if (audit.rows.length === 0) return;
  const head = await lockHead(tx, audit.tenantId, options.recordedAt);
  const recordedAt = new Date(head.recordedAt);
  let { hash } = head;
  const rows = audit.rows.map(({ eventType, sourceRecordId, targetRecordId, ...row }, index) => {
    const position = row.position ?? index;
    const details = JSON.parse(JSON.stringify(row.details)) as AuditContent["details"];
    const { tenantId, ruleId, jobId, performedBy, timestamp, eventId, correlationId } = audit;
    const document = documentOf({
      ...{ tenantId, recordedAt, eventType, ruleId, jobId, sourceRecordId, targetRecordId },
      ...{ performedBy, timestamp, details, eventId, position, correlationId },
    });
    const previousHash = hash;
    hash = chainHash(previousHash, contentHashOf(document));
    return { index, eventType, sourceRecordId, targetRecordId, details, position, previousHash, hash };
  });
  const sequence = Number(head.sequence) + rows.length;
  const point = { tenantId: audit.tenantId, sequence, hash, recordedAt: recordedAt.toISOString() };
  const { signature, keyId } = options.signer.sign("audit-head", point);
  await tx.execute(sql`
    with head as (
      update audit_chains set sequence = ${sequence}, hash = ${hash}, recorded_at = ${point.recordedAt}::timestamptz,
        signature = ${signature}, key_id = ${keyId}
      where tenant_id = ${audit.tenantId}
    )
    insert into conversion_audit_logs
      (tenant_id, sequence, recorded_at, event_type, rule_id, job_id, source_record_id, target_record_id,
       performed_by, "timestamp", details, event_id, position, correlation_id, previous_hash, hash)
    select
      ${audit.tenantId}, ${head.sequence}::bigint + row.index + 1, ${point.recordedAt}::timestamptz,
      row."eventType", ${audit.ruleId ?? null}, ${audit.jobId ?? null}, row."sourceRecordId", row."targetRecordId",
      ${audit.performedBy}, ${audit.timestamp.toISOString()}::timestamptz, row.details, ${audit.eventId},
      row.position, ${audit.correlationId ?? null}, row."previousHash", row.hash
    from json_to_recordset(${JSON.stringify(rows)}::json) as row (
      "eventType" text, "sourceRecordId" text, "targetRecordId" text, details jsonb, position integer, index integer,
      "previousHash" text, hash text
    )`);
}

/** Where the chain ends, locked until the transaction ends. Begins it where there is none. */
async function lockHead(tx: AuditDb, tenantId: string, recordedAt: Date | undefined): Promise<Head> {
  const now =
    recordedAt === undefined
      ? sql`date_trunc('milliseconds', clock_timestamp())`
      : sql`${recordedAt.toISOString()}::timestamptz`;
  const [head] = await tx.execute<Head>(sql`
    insert into audit_chains as chain (tenant_id, sequence, hash, recorded_at, signature, key_id)
    values (${tenantId}, 0, ${genesisHash}, '1970-01-01T00:00:00Z', '', '')
    on conflict (tenant_id) do update set tenant_id = excluded.tenant_id
    returning sequence::text, hash,
      to_char(greatest(recorded_at, ${now}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "recordedAt"`);
  if (head === undefined) throw new Error("The head of the audit chain was not locked.");
  return head;
}
