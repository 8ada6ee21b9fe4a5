import { sql } from "drizzle-orm";
import { check, pgTable, text, timestamp, unique, uuid } from "drizzle-orm/pg-core";
import { tenantIsolation } from "../shared/tenancy/tenant-isolation.js";
import type { Role } from "./types.js";

export { generatedKeys } from "../shared/secrets/generated-keys.js";

/** Members of tenants; a person who belongs to two tenants has a row in each. */
export const users = pgTable(
  "users",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    tenantId: text("tenant_id").notNull(),
    email: text("email").notNull(),
    name: text("name").notNull(),
    role: text("role").$type<Role>().notNull(),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    unique("users_tenant_email").on(table.tenantId, table.email),
    check("users_role", sql`${table.role} in ('owner', 'admin', 'editor', 'operator', 'auditor', 'viewer')`),
    tenantIsolation(),
  ],
);
