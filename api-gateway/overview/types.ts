import type { AuditEntry } from "../../event-management/audit/types.js";
import type { TenantLimits, TenantPlan } from "../../tenant-management/types.js";

/** A part that is missing from an overview, and why. */
export interface OverviewNote {
  part: "conversion" | "activity" | "notifications" | "deadLetters" | "dataSources" | "projects" | "plan";
  /** `unavailable`: the service failed or has been failing; `timeout`: it took longer than 2 s. */
  reason: "permission_missing" | "timeout" | "unavailable";
  message: string;
}

export interface ConversionOverview {
  /** Rules by state; a state without rules is absent. */
  rules: Record<string, number>;
  /** Jobs by state; a state without jobs is absent. */
  jobs: Record<string, number>;
}

export interface ActivityOverview {
  /** Newest first, at most 5. */
  lastConversions: AuditEntry[];
  /** Records that could not be converted in the last 24 hours. */
  failures24h: number;
}

export interface CountOverview {
  total: number;
}

export interface NotificationOverview {
  /** Of the caller. */
  unread: number;
}

export interface PlanOverview {
  plan: TenantPlan;
  limits: TenantLimits;
}

/** The tenant at a glance. A part is absent where its service does not answer or the caller may not see it; see `notes`. */
export interface Overview {
  generatedAt: Date;
  conversion?: ConversionOverview;
  activity?: ActivityOverview;
  notifications?: NotificationOverview;
  deadLetters?: CountOverview;
  dataSources?: CountOverview;
  projects?: CountOverview;
  plan?: PlanOverview;
  /** Which parts are absent, and why. */
  notes: OverviewNote[];
}
