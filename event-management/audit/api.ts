import { randomUUID } from "node:crypto";
import { api } from "encore.dev/api";
import { newEvent } from "../../shared/events/envelope.js";
import { addToOutbox } from "../../shared/events/outbox.js";
import type { AuditEvent } from "../../shared/events/types.js";
import { requireIdentity } from "../../shared/tenancy/identity.js";
import { db } from "../db.js";
import { logAudit } from "../processing/domain/process-conversion.js";
import { newestAnchors } from "./anchors.js";
import { auditDb } from "./db.js";
import { readAuditExport } from "./domain/export-audit-log.js";
import * as reading from "./domain/read-audit.js";
import { verifyAuditLog } from "./domain/verify-audit-log.js";
import { auditSigner } from "./signing-key.js";
import type {
  AuditEntriesResponse,
  AuditExportPart,
  AuditKeysResponse,
  AuditTrailRequest,
  AuditVerification,
  ListAuditEntriesRequest,
  LogActivityRequest,
  LogActivityResponse,
  ReadAuditExportRequest,
  VerifyAuditLogRequest,
} from "./types.js";

/** The newest anchors are held to the log; what they prove includes all that came before. */
const anchorsHeldTo = 20;

/** Writes one entry into the audit log of the caller's tenant. */
export const logActivity = api(
  { method: "POST", path: "/audit/log", expose: false, auth: true },
  async (request: LogActivityRequest): Promise<LogActivityResponse> => {
    const { userID, tenantId } = requireIdentity();
    const { eventType, ruleId, sourceRecordId, targetRecordId, details = {} } = request;
    const performedBy = request.performedBy ?? userID;
    const recorded = { ruleId, sourceRecordId, targetRecordId, performedBy, details };
    const event: AuditEvent = {
      ...newEvent(
        { type: "audit-recorded" as const, action: eventType, ...recorded },
        { tenantId, userId: userID, time: request.timestamp },
      ),
      eventId: request.eventId ?? randomUUID(),
    };
    // First the event, then the entry, under the event's id: whatever is cut off, log-audit makes up for it.
    await db.transaction((tx) => addToOutbox(tx, "audit-events", event));
    return { logged: (await logAudit(auditDb, event)).length > 0 };
  },
);

/** What was done to a record, as a source or as a target, newest first. */
export const getAuditTrail = api(
  { method: "GET", path: "/audit/trail/:recordId", expose: false, auth: true },
  async (request: AuditTrailRequest): Promise<AuditEntriesResponse> => {
    const { tenantId } = requireIdentity();
    return await reading.getAuditTrail(auditDb, tenantId, request);
  },
);

/** The tenant's audit entries by rule, job, type, actor and time, newest first. */
export const listAuditEntries = api(
  { method: "GET", path: "/audit/entries", expose: false, auth: true },
  async (request: ListAuditEntriesRequest): Promise<AuditEntriesResponse> => {
    const { tenantId } = requireIdentity();
    return await reading.listAuditEntries(auditDb, tenantId, request);
  },
);

/** Follows the chain of the tenant's audit log and says where it was touched. */
export const verifyAudit = api(
  { method: "GET", path: "/audit/verify", expose: false, auth: true },
  async (request: VerifyAuditLogRequest): Promise<AuditVerification> => {
    const { tenantId } = requireIdentity();
    const keys = (await auditSigner()).published();
    const anchors = await newestAnchors(tenantId, anchorsHeldTo);
    return await verifyAuditLog(auditDb, tenantId, request, { keys, anchors });
  },
);

/** The public keys that audit logs are signed with. */
export const getAuditKeys = api(
  { method: "GET", path: "/audit/keys", expose: false },
  async (): Promise<AuditKeysResponse> => ({ keys: (await auditSigner()).published() }),
);

/** One part of an export of the tenant's audit log. */
export const readAuditExportPart = api(
  { method: "POST", path: "/audit/export", expose: false, auth: true },
  async (request: ReadAuditExportRequest): Promise<AuditExportPart> => {
    const { tenantId } = requireIdentity();
    const first = request.cursor === undefined;
    const keys = first ? (await auditSigner()).published() : [];
    const anchors = first ? await newestAnchors(tenantId, anchorsHeldTo) : [];
    return await readAuditExport(auditDb, tenantId, request, { keys, anchors });
  },
);
