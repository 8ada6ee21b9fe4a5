import type { JsonValue } from "../shared/json.js";
import type { Tenant } from "../tenant-management/types.js";
import type { CredentialKind, Permission, Person } from "../user-management/types.js";

export interface HealthResponse {
  status: "ok";
}

/** The caller: who they are, in which tenant, and what they may do. */
export interface MeResponse {
  user: Person;
  /** Absent for a person who works in no tenant yet. */
  tenant?: Tenant;
  permissions: Permission[];
  /** The caller's roles in the tenant. */
  roles: string[];
  /** How the caller proved who they are. */
  credential?: CredentialKind;
}

export interface RecordActivityRequest {
  /** What happened, kebab-case past tense: `lead-imported`. */
  eventType: string;
  ruleId?: string;
  sourceRecordId?: string;
  targetRecordId?: string;
  details?: Record<string, JsonValue>;
}
