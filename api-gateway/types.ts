import type { JsonValue } from "../shared/json.js";
import type { Tenant } from "../tenant-management/types.js";
import type { Permission, User } from "../user-management/types.js";

export interface HealthResponse {
  status: "ok";
}

/** The caller: who they are, in which tenant, and what they may do. */
export interface MeResponse {
  user: User;
  tenant: Tenant;
  permissions: Permission[];
}

export interface RecordActivityRequest {
  /** What happened, kebab-case past tense: `lead-imported`. */
  eventType: string;
  ruleId?: string;
  sourceRecordId?: string;
  targetRecordId?: string;
  details?: Record<string, JsonValue>;
}
