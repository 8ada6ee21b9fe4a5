import { db } from "./db.js";

/** What a tenant has here, as an export gives it. */
export const exportedTables = [
  { db, kind: "project", table: "projects", key: ["id"] },
  { db, kind: "project-version", table: "project_versions", key: ["project_id", "version"] },
  { db, kind: "generation", table: "generations", key: ["id"], without: ["idempotency_key"] },
  { db, kind: "deployment", table: "deployments", key: ["id"], without: ["idempotency_key"] },
  { db, kind: "project-event", table: "project_log", key: ["id"] },
];

/** All tables with rows of tenants; those that refer to others come first. */
export const tenantTables = [
  "work_queue",
  "project_log",
  "deployments",
  "generations",
  "project_versions",
  "projects",
];
