import type { Query } from "encore.dev/api";

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
  /** `createdAt`, with `-` before it for falling order; `-createdAt` by default. */
  sort?: Query<string>;
  /** 1 to 100; 20 by default. */
  limit?: Query<number>;
  /** `nextCursor` of the page before. */
  cursor?: Query<string>;
}

export interface ListTenantExportsResponse {
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
