import { sql } from "drizzle-orm";
import { check, index, integer, jsonb, pgTable, text, timestamp, unique, uuid } from "drizzle-orm/pg-core";
import type { JsonValue } from "../shared/json.js";
import { tenantIsolation } from "../shared/tenancy/tenant-isolation.js";

export { outbox } from "../shared/events/outbox.js";

/** A project and the newest version of its model. */
export const projects = pgTable(
  "projects",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    tenantId: text("tenant_id").notNull(),
    name: text("name").notNull(),
    description: text("description").notNull().default(""),
    modelVersion: integer("model_version").notNull().default(1),
    model: jsonb("model").$type<JsonValue>().notNull(),
    createdBy: text("created_by").notNull(),
    createdAt: timestamp("created_at", { withTimezone: true, precision: 3 }).notNull().defaultNow(),
  },
  (table) => [
    unique("projects_tenant_name").on(table.tenantId, table.name),
    index("projects_tenant_created").on(table.tenantId, table.createdAt, table.id),
    check("projects_name_kebab", sql`${table.name} ~ '^[a-z][a-z0-9-]{0,62}$'`),
    tenantIsolation(),
  ],
);
