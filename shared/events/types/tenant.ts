import type { Envelope } from "./envelope.js";

/** A tenant was founded. */
export interface TenantCreated {
  type: "tenant-created";
  slug: string;
  name: string;
  plan: string;
}

/** A tenant's name, plan or settings changed. */
export interface TenantUpdated {
  type: "tenant-updated";
  /** What changed: `profile`, `plan`, `conversion-config`, `notification-settings`, `cors-origins`. */
  changed: string;
  /** The tenant's slug and name from now on, where `profile` changed. */
  slug?: string;
  name?: string;
}

/** The tenant stands still until it is resumed. */
export interface TenantSuspended {
  type: "tenant-suspended";
}

/** The tenant works again. */
export interface TenantResumed {
  type: "tenant-resumed";
}

/** The tenant stands still, and ends when the grace period is over. */
export interface TenantDeletionRequested {
  type: "tenant-deletion-requested";
  /** ISO 8601 instant from which the data is purged. */
  purgeAt: string;
}

/** The tenant does not end after all. */
export interface TenantDeletionCancelled {
  type: "tenant-deletion-cancelled";
}

/**
 * The grace period is over: each service removes all that it holds of the tenant and answers with
 * `tenant-data-purged`. Told again every ten minutes until all have answered.
 */
export interface TenantPurgeRequested {
  type: "tenant-purge-requested";
}

/** Services that hold data of tenants. */
export type TenantDataService =
  | "data-processing"
  | "event-management"
  | "codegen"
  | "user-management"
  | "api-gateway"
  | "tenant-management";

/** A service holds nothing of the tenant any more. */
export interface TenantDataPurged {
  type: "tenant-data-purged";
  service: TenantDataService;
  /** Table → rows removed by this run; another run may have removed more before it was interrupted. */
  counts: Record<string, number>;
}

/** Topic `tenant-events`: tenants, their settings and their end. */
export interface TenantEvent extends Envelope {
  event:
    | TenantCreated
    | TenantUpdated
    | TenantSuspended
    | TenantResumed
    | TenantDeletionRequested
    | TenantDeletionCancelled
    | TenantPurgeRequested
    | TenantDataPurged;
}
