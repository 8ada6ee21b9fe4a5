import { pgTable, text, timestamp } from "drizzle-orm/pg-core";

/**
 * Keys generated on a developer's machine where a secret is not set; part of the schema of services that need one.
 * Empty everywhere else.
 *
 * No row-level security: a system table that holds nothing of a tenant and is reachable through no endpoint.
 */
export const generatedKeys = pgTable("generated_keys", {
  name: text("name").primaryKey(),
  value: text("value").notNull(),
  createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
});
