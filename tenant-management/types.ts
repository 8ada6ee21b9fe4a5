import type { Query } from "encore.dev/api";

export type {
  DigestMode,
  EventNotificationSettings,
  NotificationRecipients,
  NotificationSettings,
  QuietHours,
  SetNotificationRecipients,
  UpdateNotificationSettingsRequest,
} from "./notification-types.js";

export type TenantPlan = "free" | "team" | "enterprise";

/** `deleting`: deletion was asked for, or is under way. `deleted`: nothing of it is left but the receipt. */
export type TenantStatus = "active" | "suspended" | "deleting" | "deleted";

/** What a tenant may use, by its plan. */
export interface TenantLimits {
  /** Calls of the public API in a minute. */
  requestsPerMinute: number;
  /** Rules that are not retired. */
  rules: number;
  /** Source records that one job may read. */
  rowsPerJob: number;
  /** Events taken in in a minute. */
  eventsPerMinute: number;
  /** Days for which audit entries and notifications are kept. */
  retentionDays: number;
  members: number;
  apiKeys: number;
}

/** An organization: the owner of rules, records, sources and settings. */
export interface Tenant {
  /** Id of the organization. */
  id: string;
  /** Short public name, unique among all tenants. */
  slug: string;
  name: string;
  plan: TenantPlan;
  status: TenantStatus;
  createdAt: Date;
  /** From when its data is purged, where its deletion was asked for. */
  purgeAt?: Date;
}

export interface EnsureTenantRequest {
  /** Lower-case letters, digits and hyphens, at most 63, starting with a letter or digit. */
  slug: string;
  /** Name of the tenant where it is created; the slug by default. */
  name?: string;
}

export interface ProvisionTenantRequest {
  /** Id of the organization: it becomes the tenant's. */
  tenantId: string;
  /** Lower-case letters, digits and hyphens, at most 63, starting with a letter or digit. */
  slug: string;
  /** 1 to 200 characters. */
  name: string;
  /** The user who owns the organization. */
  ownerId: string;
}

export interface GetTenantPolicyRequest {
  tenantId: string;
}

/** What other services hold a tenant to. They keep a copy for a second: `shared/tenancy/tenant-policy.ts`. */
export interface TenantPolicy {
  tenantId: string;
  status: TenantStatus;
  plan: TenantPlan;
  limits: TenantLimits;
  /** Origins whose pages may call the API. */
  corsOrigins: string[];
  conversion: ConversionSettings;
}

/** Settings of a tenant's conversions. */
export interface ConversionSettings {
  automaticConversion: boolean;
  batchSize: number;
  maxConcurrentJobs: number;
}

export interface TenantPathRequest {
  tenantId: string;
}

/** What is left out keeps its value. */
export interface UpdateTenantRequest {
  tenantId: string;
  slug?: string;
  name?: string;
}

/** For operators of the installation. */
export interface SetTenantPlanRequest {
  tenantId: string;
  plan: TenantPlan;
}

/** Origins whose pages may call the API with credentials of this tenant. */
export interface CorsOrigins {
  tenantId: string;
  /** In the order in which they were given. */
  origins: string[];
}

export interface SetCorsOriginsRequest {
  tenantId: string;
  /** `https://host[:port]`, or `http://` for localhost; 50 at most. They replace the earlier ones. */
  origins: string[];
}

export interface RequestTenantDeletionRequest {
  tenantId: string;
  /** The tenant's slug, against deleting the wrong one. */
  confirmSlug: string;
}

/** What a service removed of a tenant. */
export interface PurgedService {
  service: string;
  /** Table → rows removed. A run that was interrupted and begun again counts what it found. */
  counts: Record<string, number>;
  purgedAt: Date;
}

/** The deletion of a tenant: asked for, under way, or done, and then a receipt. */
export interface TenantDeletion {
  tenantId: string;
  /** `requested`: the grace period runs, and the deletion can be cancelled. */
  state: "requested" | "purging" | "completed";
  requestedBy: string;
  requestedAt: Date;
  /** End of the grace period. */
  purgeAt: Date;
  completedAt?: Date;
  /** Opens the receipt without signing in, also when nobody belongs to the tenant any more. Keep it. */
  receiptId: string;
  /** What has been removed so far. */
  services: PurgedService[];
}

export interface DeletionReceiptRequest {
  /** As the request for deletion was answered. */
  receiptId: string;
}

/** How a tenant's conversions run. */
export interface ConversionConfig {
  tenantId: string;
  /** Automatic rules start conversions; `false` by default. */
  automaticConversion: boolean;
  /** Records a batch of a job, 1 to 5,000; 5,000 by default. */
  batchSize: number;
  /** Jobs at the same time, 1 to 20; 2 by default. Further ones wait. */
  maxConcurrentJobs: number;
  /** Absent while the defaults apply. */
  updatedAt?: Date;
  updatedBy?: string;
}

/** Settings left out keep their value. */
export interface UpdateConversionConfigRequest {
  tenantId: string;
  automaticConversion?: boolean;
  batchSize?: number;
  maxConcurrentJobs?: number;
}

/**
 * How connections are encrypted, as in `sslmode` of libpq: `prefer` encrypts where the server offers it, `require` always,
 * and `verify-full` also checks that the certificate is trusted and names the host.
 */
export type DataSourceTls = "disable" | "prefer" | "require" | "verify-full";

/** A Postgres database of the tenant. Its password is never returned. */
export interface DataSource {
  id: string;
  /** Unique in the tenant; rules name it. */
  name: string;
  kind: "postgres";
  host: string;
  port: number;
  database: string;
  user: string;
  tls: DataSourceTls;
  /** Certificates in PEM that `verify-full` trusts; absent where it trusts the system's. */
  caCertificate?: string;
  /** A pooler such as PgBouncer stands before the server: prepared statements are not used. */
  pooled: boolean;
  /** Nothing is written to it: every transaction is read-only, and no rule may have it as its target. */
  readOnly: boolean;
  /** A statement that takes longer is ended. */
  statementTimeoutMs: number;
  /** Name of the key that the connection string is encrypted under; says nothing of the key. */
  keyId: string;
  createdBy: string;
  createdAt: Date;
  updatedAt: Date;
}

/** How a data source is reached, beside its connection string. */
export interface DataSourceSettings {
  /** By the `sslmode` of the connection string, else `prefer`. */
  tls?: DataSourceTls;
  /** Certificates in PEM that `verify-full` trusts, for servers whose certificate no public authority has signed. */
  caCertificate?: string | null;
  /** By `pgbouncer=true` in the connection string or Supabase's pooler port 6543, else false. */
  pooled?: boolean;
  /** False by default. */
  readOnly?: boolean;
  /** 1,000 to 600,000; 60,000 by default. */
  statementTimeoutMs?: number;
}

export interface CreateDataSourceRequest extends DataSourceSettings {
  tenantId: string;
  /** A lower-case letter, then letters, digits, `_` and `-`; at most 63 characters. `workspace` is taken. */
  name: string;
  /**
   * `postgres://user:password@host:port/database`. Of the parameters that may follow a `?`, `sslmode` and `pgbouncer` count.
   */
  url: string;
}

export interface ListDataSourcesResponse {
  /** By name. A tenant has 100 at most. */
  dataSources: DataSource[];
}

export interface DataSourcePathRequest {
  tenantId: string;
  /** Id or name. */
  source: string;
}

/** Settings left out keep their value. */
export interface UpdateDataSourceRequest extends DataSourceSettings {
  tenantId: string;
  /** Id or name. */
  source: string;
  name?: string;
  url?: string;
}

/** A connection to try before it is kept. */
export interface TestDataSourceSettingsRequest extends DataSourceSettings {
  tenantId: string;
  url: string;
}

/** One thing that is wrong with a data source. */
export interface DataSourceProblem {
  /**
   * `host_not_found`, `address_not_allowed`, `host_unreachable`, `connection_refused`, `connection_timeout`,
   * `connection_closed`, `not_postgres`, `tls_not_offered`, `tls_required`, `tls_certificate_untrusted`,
   * `tls_certificate_expired`, `tls_name_mismatch`, `tls_failed`, `password_wrong`, `access_refused`, `database_missing`,
   * `privilege_missing`, `read_only`, `too_many_connections`, `server_starting`, `statement_timeout`.
   */
  code: string;
  /** What is wrong, and what to do about it. */
  message: string;
}

export interface TestDataSourceResponse {
  /** The server let the user in. */
  reachable: boolean;
  /** Version of the server, where it was reached. */
  serverVersion?: string;
  milliseconds: number;
  /** The connection was encrypted. */
  encrypted?: boolean;
  /** Tables and views that the user may read. */
  readableEntities?: number;
  /** Records can be written to it: the user may write to a table and keep the table of links. */
  writable?: boolean;
  /** Empty where all is well. */
  problems: DataSourceProblem[];
  /** The first problem's message. */
  error?: string;
}

export interface ResolveDataSourceRequest {
  /** Id or name. */
  source: string;
}

/** For services that read and write the source; leaves the process only over service calls. */
export interface ResolvedDataSource {
  id: string;
  name: string;
  url: string;
  tls: DataSourceTls;
  caCertificate?: string;
  pooled: boolean;
  readOnly: boolean;
  statementTimeoutMs: number;
}

/** How many data sources were encrypted anew under the current key, and how many could not be. */
export interface RotateDataSourceKeysResponse {
  /** Name of the key that is current. */
  keyId: string;
  resealed: number;
  /** Sources under a key that is not among those configured: their connection string has to be set again. */
  unreadable: number;
}

/** An export that runs can be followed; one that is completed, downloaded. */
export type ExportState = "running" | "completed" | "failed";

/** An export of all that is held of a tenant. Passwords, keys and tokens are not among it. */
export interface TenantExport {
  id: string;
  tenantId: string;
  state: ExportState;
  /** Things exported so far: one line of NDJSON each, `{"service", "kind", "data"}`. */
  items: number;
  createdBy: string;
  createdAt: Date;
  finishedAt?: Date;
  /** Why it failed. */
  error?: string;
}

export interface ListTenantExportsRequest {
  tenantId: string;
  /** 1 to 100; 20 by default. */
  limit?: Query<number>;
  /** `nextCursor` of the page before. */
  cursor?: Query<string>;
}

export interface ListTenantExportsResponse {
  /** Newest first. */
  exports: TenantExport[];
  nextCursor?: string;
}

export interface TenantExportPathRequest {
  tenantId: string;
  exportId: string;
}

export interface ReadExportPartRequest {
  tenantId: string;
  exportId: string;
  /** From 1. */
  part: Query<number>;
}

export interface ExportPart {
  /** Parts in all. */
  parts: number;
  /** Lines of NDJSON; none where the export is empty. */
  lines: string;
}

/** What a tenant may use, and how much of it is used. */
export interface TenantLimitsResponse {
  tenantId: string;
  plan: TenantPlan;
  limits: TenantLimits;
  usage: TenantUsage;
}

export interface TenantUsage {
  /** Rules that are not retired. */
  rules: number;
}
