import { api } from "encore.dev/api";
import { event_management } from "~encore/clients";
import type {
  AuditEntriesResponse,
  AuditTrailRequest,
  ListAuditEntriesRequest,
  LogActivityResponse,
} from "../event-management/audit/types.js";
import type {
  ListDeadLettersRequest,
  ListDeadLettersResponse,
} from "../event-management/processing/types.js";
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

/** Writes an entry into the audit log, in the name of the caller. */
export const recordActivity = api(
  { method: "POST", path: "/api/v1/audit/log", expose: true, auth: true },
  async (request: RecordActivityRequest): Promise<LogActivityResponse> =>
    event_management.logActivity(request),
);

/** Events that a subscription gave up on, newest first. */
export const listDeadLetters = api(
  { method: "GET", path: "/api/v1/dead-letters", expose: true, auth: true },
  async (request: ListDeadLettersRequest): Promise<ListDeadLettersResponse> =>
    event_management.listDeadLetters(request),
);
