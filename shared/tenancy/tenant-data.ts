import type { JsonValue } from "../json.js";

/** One thing that a service holds of a tenant, as an export tells it. Nothing secret is among its data. */
export interface TenantDataItem {
  /** What it is, kebab-case singular: `rule-version`. */
  kind: string;
  data: JsonValue;
}

/** Asks a service for a page of all that it holds of a tenant. */
export interface TenantDataPageRequest {
  tenantId: string;
  /** `nextCursor` of the page before; none for the first. */
  cursor?: string;
}

export interface TenantDataPage {
  items: TenantDataItem[];
  /** Absent on the last page. */
  nextCursor?: string;
}
