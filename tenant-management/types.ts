export type {
  CreateDataSourceRequest,
  DataSource,
  DataSourcePathRequest,
  DataSourceProblem,
  DataSourceSettings,
  DataSourceTls,
  ListDataSourcesRequest,
  ListDataSourcesResponse,
  ResolveDataSourceRequest,
  ResolvedDataSource,
  RotateDataSourceKeysResponse,
  TestDataSourceResponse,
  TestDataSourceSettingsRequest,
  UpdateDataSourceRequest,
} from "./data-source-types.js";
export type {
  DeletionReceiptRequest,
  ExportPart,
  ExportState,
  ListTenantExportsRequest,
  ListTenantExportsResponse,
  PurgedService,
  ReadExportPartRequest,
  RequestTenantDeletionRequest,
  TenantDeletion,
  TenantExport,
  TenantExportPathRequest,
} from "./lifecycle-types.js";
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

/** How a tenant's conversions run. */
export interface ConversionConfig {
  tenantId: string;
  /** Automatic rules start conversions; `false` by default. */
  automaticConversion: boolean;
  /** Records a batch of a job, 1 to 5,000; 2,500 by default. */
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
  members: number;
  /** API keys that have not expired. */
  apiKeys: number;
  /** Calls of the public API in the minute that runs. */
  requestsThisMinute: number;
  /** Events taken in in the minute that runs. */
  eventsThisMinute: number;
}
