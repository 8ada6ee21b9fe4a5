import { sql } from "drizzle-orm";
import { check, integer, pgTable, primaryKey, text, timestamp, unique } from "drizzle-orm/pg-core";
import { tenantIsolation } from "../shared/tenancy/tenant-isolation.js";
import { people } from "./auth-schema.js";
import type { Permission } from "./types.js";

export { outbox } from "../shared/events/outbox.js";
export { generatedKeys } from "../shared/secrets/generated-keys.js";
export * from "./auth-schema.js";

/** Roles that a tenant defines beside the built-in ones. */
export const tenantRoles = pgTable(
  "tenant_roles",
  {
    tenantId: text("tenant_id").notNull(),
    name: text("name").notNull(),
    description: text("description").notNull().default(""),
    permissions: text("permissions").array().$type<Permission[]>().notNull(),
    createdBy: text("created_by").notNull(),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.name] }),
    check(
      "tenant_roles_name",
      sql`${table.name} ~ '^[a-z][a-z0-9-]{0,49}$' and ${table.name} not in ('owner', 'admin', 'editor', 'operator', 'auditor', 'viewer')`,
    ),
    tenantIsolation(),
  ],
);

/**
 * Failed guesses at passwords and codes, by account and by address.
 *
 * No row-level security: counted before anyone is known; holds digests, and nothing of a tenant.
 */
export const signInFailures = pgTable("sign_in_failures", {
  /** SHA-256 of what is guarded: an e-mail address or a network address. */
  subject: text("subject").primaryKey(),
  failures: integer("failures").notNull(),
  /** Until then no attempt is looked at. */
  blockedUntil: timestamp("blocked_until", { withTimezone: true }),
  lastFailureAt: timestamp("last_failure_at", { withTimezone: true }).notNull(),
});

/**
 * Addresses from which an API key was used.
 *
 * No row-level security: written when a key is verified, before its tenant counts; reachable through no endpoint.
 */
export const apiKeyAddresses = pgTable(
  "api_key_addresses",
  {
    keyId: text("key_id").notNull(),
    address: text("address").notNull(),
    firstUsedAt: timestamp("first_used_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.keyId, table.address] })],
);

/**
 * Organizations whose tenant could not be provisioned at once, and those to be tried again.
 *
 * No row-level security: work of the service itself over all tenants, reachable through no endpoint.
 */
export const pendingTenants = pgTable(
  "pending_tenants",
  {
    tenantId: text("tenant_id").primaryKey(),
    ownerId: text("owner_id")
      .notNull()
      .references(() => people.id, { onDelete: "cascade" }),
    slug: text("slug").notNull(),
    name: text("name").notNull(),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [unique("pending_tenants_slug").on(table.slug)],
);
