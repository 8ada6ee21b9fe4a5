import type { JsonValue } from "../shared/json.js";

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

/** A fixed set of permissions that every tenant has. */
export type BuiltInRole = "owner" | "admin" | "editor" | "operator" | "auditor" | "viewer";

/** A person as a member of the caller's tenant. */
export interface User {
  id: string;
  tenantId: string;
  email: string;
  name: string;
  /** A built-in role or one that the tenant defined. */
  role: string;
  createdAt: Date;
}

export interface GetUserRequest {
  userId: string;
}

/** A person, whatever the tenant. */
export interface Person {
  id: string;
  email: string;
  name: string;
  twoFactorEnabled: boolean;
  createdAt: Date;
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

/** A header of an HTTP message. */
export interface HttpHeader {
  name: string;
  value: string;
}

/** A request to the sign-in routes, as the gateway took it. */
export interface HandleAuthRequest {
  method: string;
  /** Path and query. */
  path: string;
  headers: HttpHeader[];
  /** Empty where there is none. */
  body: string;
  /** Network address of the caller. */
  address: string;
}

/** What the gateway is to answer. */
export interface HandleAuthResponse {
  status: number;
  headers: HttpHeader[];
  body: string;
}

/** How a caller proved who they are. */
export type CredentialKind = "session" | "jwt" | "api-key";

export interface VerifyCredentialRequest {
  /** `cookie`: the signed session cookie; `session`: a session's token. */
  kind: "cookie" | "session" | "api-key";
  credential: string;
  /** Network address of the caller, where it is known. */
  address?: string;
}

export interface VerifyAccessRequest {
  userId: string;
  /** Empty for a person who works in no tenant. */
  tenantId: string;
  sessionId: string;
}

export interface VerifyKeyAccessRequest {
  keyId: string;
}

/** Who a credential stands for, and what they may do now. */
export interface VerifiedCredential {
  userID: string;
  /** Empty for a person who works in no tenant. */
  tenantId: string;
  permissions: Permission[];
  roles: string[];
  credential: CredentialKind;
  /** Id of the session or API key. */
  credentialId: string;
  /** When the credential ends, in seconds since 1970; absent where it does not by itself. */
  expiresAt?: number;
}

/** What is needed to verify JSON Web Tokens, and to tell trusted pages from others. */
export interface TokenTrust {
  issuer: string;
  audience: string;
  /** JSON Web Key Set. */
  jwks: JsonValue;
  trustedOrigins: string[];
}

export interface CreateTenantRequest {
  /** 1 to 100 characters. */
  name: string;
  /** Lower-case letters, digits and hyphens, at most 63, starting with a letter or digit. */
  slug: string;
}

/** A tenant that the caller belongs to. */
export interface TenantMembership {
  id: string;
  slug: string;
  name: string;
  /** The caller's role there. */
  role: string;
  createdAt: Date;
}

export interface ListMyTenantsRequest {
  /** `name` or `createdAt`, with `-` before it for falling order; `name` by default. */
  sort?: string;
  /** 1 to 100; 50 by default. */
  limit?: number;
  cursor?: string;
}

export interface ListMyTenantsResponse {
  tenants: TenantMembership[];
  nextCursor?: string;
}

/** A page of a list. */
export interface PageRequest {
  /** 1 to 100; 50 by default. */
  limit?: number;
  cursor?: string;
}

export interface ListMembersRequest extends PageRequest {
  /** `email`, `name` or `createdAt` (when they joined), with \`-\` before it for falling order; \`email\` by default. */
  sort?: string;
}

export interface ListMembersResponse {
  members: User[];
  nextCursor?: string;
}

/** How much of its limits a tenant uses. */
export interface MembershipUsage {
  members: number;
  /** API keys that have not expired. */
  apiKeys: number;
}

export interface ChangeMemberRoleRequest {
  userId: string;
  /** A built-in role or one of the tenant's own. */
  role: string;
}

export interface RemoveMemberRequest {
  userId: string;
}

export type InvitationStatus = "pending" | "accepted" | "revoked" | "expired";

/** An invitation of one e-mail address to a tenant. */
export interface Invitation {
  id: string;
  tenantId: string;
  /** Name of the tenant. */
  tenantName: string;
  email: string;
  role: string;
  status: InvitationStatus;
  inviterId: string;
  expiresAt: Date;
  createdAt: Date;
}

export interface CreateInvitationRequest {
  email: string;
  /** A built-in role or one of the tenant's own. */
  role: string;
}

export interface InvitationPathRequest {
  invitationId: string;
}

export interface ListInvitationsRequest extends PageRequest {
  /** `createdAt`, `expiresAt` or `email`, with `-` before it for falling order; `-createdAt` by default. */
  sort?: string;
}

export interface ListInvitationsResponse {
  invitations: Invitation[];
  nextCursor?: string;
}

/** A set of permissions that members can have. */
export interface Role {
  name: string;
  description: string;
  permissions: Permission[];
  /** Built in: cannot be changed. */
  builtIn: boolean;
}

export interface ListRolesResponse {
  /** The built-in roles, then the tenant's own by name: 100 of its own at most. */
  roles: Role[];
}

export interface SaveRoleRequest {
  /** Lower-case letters, digits and hyphens, at most 50, starting with a letter. */
  name: string;
  /** At most 500 characters. */
  description?: string;
  permissions: Permission[];
}

export interface RolePathRequest {
  name: string;
}

/** An API key without its secret. */
export interface ApiKey {
  id: string;
  name: string;
  /** Beginning of the key, to tell it from others. */
  start: string;
  permissions: Permission[];
  /** The person who made it. The key ends with their membership. */
  createdBy: string;
  enabled: boolean;
  expiresAt?: Date;
  lastUsedAt?: Date;
  createdAt: Date;
}

/** An API key with its secret, which is shown this one time. */
export interface CreatedApiKey extends ApiKey {
  key: string;
}

export interface CreateApiKeyRequest {
  /** 1 to 32 characters. */
  name: string;
  /** What the key may do: some of what its maker may. */
  permissions: Permission[];
  /** 1 to 3650; without it the key does not end by itself. */
  expiresInDays?: number;
}

export interface ApiKeyPathRequest {
  keyId: string;
}

export interface ListApiKeysRequest extends PageRequest {
  /** `name` or `createdAt`, with `-` before it for falling order; `name` by default. */
  sort?: string;
}

export interface ListApiKeysResponse {
  apiKeys: ApiKey[];
  nextCursor?: string;
}
