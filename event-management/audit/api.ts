import { randomUUID } from "node:crypto";
import { api } from "encore.dev/api";
import { requireIdentity } from "../../shared/tenancy/identity.js";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import { auditDb } from "./db.js";
import * as reading from "./domain/read-audit.js";
import { writeAuditRows } from "./domain/write-audit-rows.js";
import type {
  AuditEntriesResponse,
  AuditTrailRequest,
  ListAuditEntriesRequest,
  LogActivityRequest,
  LogActivityResponse,
} from "./types.js";

/** Writes one entry into the audit log of the caller's tenant. */
export const logActivity = api(
  { method: "POST", path: "/audit/log", expose: false, auth: true },
  async (request: LogActivityRequest): Promise<LogActivityResponse> => {
    const { userID, tenantId } = requireIdentity();
    const { eventType, ruleId, sourceRecordId, targetRecordId, details = {} } = request;
    const written = await withTenant(auditDb, tenantId, (tx) =>
      writeAuditRows(tx, {
        tenantId,
        eventId: request.eventId ?? randomUUID(),
        timestamp: request.timestamp ?? new Date(),
        performedBy: request.performedBy ?? userID,
        ruleId,
        rows: [{ eventType, sourceRecordId, targetRecordId, details }],
      }),
    );
    return { logged: written === 1 };
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
