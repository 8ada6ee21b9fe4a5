/** Everything that a caller can be allowed to do. */
export type Permission =
  | "conversion:create"
  | "conversion:execute"
  | "conversion:undo"
  | "source:manage"
  | "schema:read"
  | "audit:view"
  | "audit:export"
  | "event:ingest"
  | "deadletter:manage"
  | "notification:manage"
  | "project:create"
  | "project:generate"
  | "project:deploy"
  | "member:manage"
  | "apikey:manage"
  | "tenant:manage";

/** A fixed set of permissions that a member of a tenant has. */
export type Role = "owner" | "admin" | "editor" | "operator" | "auditor" | "viewer";

/** A member of a tenant. */
export interface User {
  id: string;
  tenantId: string;
  email: string;
  name: string;
  role: Role;
  createdAt: Date;
}

export interface GetUserRequest {
  userId: string;
}

export interface CheckPermissionsRequest {
  /** A member of the caller's tenant; the caller by default. */
  userId?: string;
  /** Permissions to answer for, beside the three that are always answered. */
  permissions?: Permission[];
}

export interface CheckPermissionsResponse {
  userId: string;
  /** `conversion:create` */
  canCreateRules: boolean;
  /** `conversion:execute` */
  canExecuteConversion: boolean;
  /** `audit:view` */
  canViewAudit: boolean;
  /** Answer for each permission asked for. */
  permissions: Record<string, boolean>;
}

export interface VerifyTokenRequest {
  token: string;
}

/** Who a token stands for, and what they may do now. */
export interface VerifiedToken {
  userID: string;
  tenantId: string;
  permissions: Permission[];
  /** When the token ends, in seconds since 1970. */
  expiresAt: number;
}

export interface IssueDevelopmentTokenRequest {
  /** Slug of the tenant; created where there is none. `demo` by default. */
  tenant?: string;
}

/** A bearer token with all permissions in one tenant. Local development only. */
export interface DevelopmentToken {
  token: string;
  tenant: string;
  tenantId: string;
  userId: string;
  expiresAt: Date;
}
