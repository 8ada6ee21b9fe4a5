import { type Delivery, handleOnce } from "../../shared/events/inbox.js";
import type { AuditDb } from "./db.js";
import { appendAuditRows } from "./domain/append-audit-rows.js";
import type { AuditRows } from "./domain/audit-rows.js";
import { auditSigner } from "./signing-key.js";

/** Appends the audit rows of one delivery, once. Returns whether it did so now. */
export async function appendOnce(db: AuditDb, delivery: Delivery, audit: AuditRows): Promise<boolean> {
  const signer = await auditSigner();
  return await handleOnce(db, delivery, (tx) => appendAuditRows(tx, audit, { signer }));
}
