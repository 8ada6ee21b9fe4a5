import { sql } from "drizzle-orm";
import { bigint, check, index, pgTable, primaryKey, text, timestamp, uuid } from "drizzle-orm/pg-core";
import { tenantIsolation } from "../shared/tenancy/tenant-isolation.js";

/**
 * Requests counted in the running window, by caller, tenant or address. Unlogged: after a crash of the database
 * server the windows start anew.
 *
 * No row-level security: one statement counts for callers of many tenants, and a row tells nothing but a number.
 */
export const requestCounts = pgTable(
  "request_counts",
  {
    key: text("key").primaryKey(),
    used: bigint("used", { mode: "number" }).notNull(),
    resetsAt: timestamp("resets_at", { withTimezone: true }).notNull(),
  },
  (table) => [index("request_counts_resets_at").on(table.resetsAt)],
);

/** Mutating requests that came with an `Idempotency-Key`, and what they were answered. */
export const idempotentRequests = pgTable(
  "idempotent_requests",
  {
    /** The tenant, or `person:` and the user's id where a person has none. */
    tenantId: text("tenant_id").notNull(),
    /** SHA-256 of the user's id and the key. The key itself is not kept: it opens `answer`. */
    keyHash: text("key_hash").notNull(),
    /** SHA-256 of endpoint, path and payload. */
    fingerprint: text("fingerprint").notNull(),
    state: text("state").$type<"running" | "done">().notNull().default("running"),
    /** Who runs it: a run that lost its lease does not write its answer. */
    run: uuid("run").notNull(),
    leaseUntil: timestamp("lease_until", { withTimezone: true }).notNull(),
    /** The answer under a key that only the client's `Idempotency-Key` gives; null where it was too large. */
    answer: text("answer"),
    expiresAt: timestamp("expires_at", { withTimezone: true }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.keyHash] }),
    check("idempotent_requests_state", sql`${table.state} in ('running', 'done')`),
    index("idempotent_requests_expires_at").on(table.tenantId, table.expiresAt),
    tenantIsolation(),
  ],
);
