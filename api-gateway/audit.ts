import { api } from "encore.dev/api";
import { event_management } from "~encore/clients";
import type {
  AuditEntriesResponse,
  AuditKeysResponse,
  AuditTrailRequest,
  AuditVerification,
  ListAuditEntriesRequest,
  LogActivityResponse,
  VerifyAuditLogRequest,
} from "../event-management/audit/types.js";
import type { RecordActivityRequest } from "./types.js";

/** What was done to a record, as a source or as a target, newest first. */
export const getAuditTrail = api(
  { method: "GET", path: "/api/v1/audit/trail/:recordId", expose: true, auth: true },
  async (request: AuditTrailRequest): Promise<AuditEntriesResponse> =>
    event_management.getAuditTrail(request),
);

/** Audit entries by rule, job, type, actor and time, newest first. */
export const listAuditEntries = api(
  { method: "GET", path: "/api/v1/audit/entries", expose: true, auth: true },
  async (request: ListAuditEntriesRequest): Promise<AuditEntriesResponse> =>
    event_management.listAuditEntries(request),
);

/** Follows the chain of hashes through the audit log and says where it was touched: edited, removed, inserted, cut. */
export const verifyAudit = api(
  { method: "GET", path: "/api/v1/audit/verify", expose: true, auth: true },
  async (request: VerifyAuditLogRequest): Promise<AuditVerification> => event_management.verifyAudit(request),
);

/** The public keys that audit logs and their exports are signed with. */
export const getAuditKeys = api(
  { method: "GET", path: "/api/v1/audit/keys", expose: true, auth: false },
  async (): Promise<AuditKeysResponse> => event_management.getAuditKeys(),
);

/** Writes an entry into the audit log, in the name of the caller. */
export const recordActivity = api(
  { method: "POST", path: "/api/v1/audit/log", expose: true, auth: true },
  async (request: RecordActivityRequest): Promise<LogActivityResponse> =>
    event_management.logActivity(request),
);
