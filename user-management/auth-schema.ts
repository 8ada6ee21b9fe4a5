import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  index,
  integer,
  pgTable,
  text,
  timestamp,
  unique,
  uniqueIndex,
} from "drizzle-orm/pg-core";

/*
 * The tables of Better Auth: its fields, under this service's names. None has row-level security, because Better Auth
 * reads and writes them before a tenant is known, to find out which one it is. Queries of this service on those with a
 * tenant take the tenant into their conditions.
 */

const instant = (name: string) => timestamp(name, { withTimezone: true });
const createdAt = () => instant("created_at").notNull().defaultNow();
const updatedAt = () => instant("updated_at").notNull().defaultNow();

/** People who signed up. One person may belong to several tenants. */
export const people = pgTable("people", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  email: text("email").notNull().unique(),
  emailVerified: boolean("email_verified").notNull().default(false),
  image: text("image"),
  twoFactorEnabled: boolean("two_factor_enabled").notNull().default(false),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
});

const personId = (name = "person_id") =>
  text(name)
    .notNull()
    .references(() => people.id, { onDelete: "cascade" });

/** Sessions of people, with the organization that each works in. */
export const sessions = pgTable(
  "sessions",
  {
    id: text("id").primaryKey(),
    token: text("token").notNull().unique(),
    userId: personId(),
    expiresAt: instant("expires_at").notNull(),
    ipAddress: text("ip_address"),
    userAgent: text("user_agent"),
    activeOrganizationId: text("active_organization_id"),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [index("sessions_person").on(table.userId)],
);

/** Ways in which a person proves who they are: a password's hash, or an account at a provider. */
export const accounts = pgTable(
  "accounts",
  {
    id: text("id").primaryKey(),
    accountId: text("account_id").notNull(),
    providerId: text("provider_id").notNull(),
    userId: personId(),
    accessToken: text("access_token"),
    refreshToken: text("refresh_token"),
    idToken: text("id_token"),
    accessTokenExpiresAt: instant("access_token_expires_at"),
    refreshTokenExpiresAt: instant("refresh_token_expires_at"),
    scope: text("scope"),
    password: text("password"),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    index("accounts_person").on(table.userId),
    unique("accounts_provider_account").on(table.providerId, table.accountId),
  ],
);

/** Short-lived proofs, such as those of a password reset. */
export const verifications = pgTable(
  "verifications",
  {
    id: text("id").primaryKey(),
    identifier: text("identifier").notNull(),
    value: text("value").notNull(),
    expiresAt: instant("expires_at").notNull(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [index("verifications_identifier").on(table.identifier)],
);

/** Second factors: the secret of an authenticator app and the backup codes, both encrypted. */
export const twoFactors = pgTable(
  "two_factors",
  {
    id: text("id").primaryKey(),
    secret: text("secret").notNull(),
    backupCodes: text("backup_codes").notNull(),
    userId: personId(),
    verified: boolean("verified").default(true),
    failedVerificationCount: integer("failed_verification_count").default(0),
    lockedUntil: instant("locked_until"),
  },
  (table) => [index("two_factors_person").on(table.userId)],
);

/** Key pairs that JSON Web Tokens are signed with; private keys are encrypted. */
export const jwks = pgTable("jwks", {
  id: text("id").primaryKey(),
  publicKey: text("public_key").notNull(),
  privateKey: text("private_key").notNull(),
  alg: text("alg"),
  crv: text("crv"),
  createdAt: instant("created_at").notNull(),
  expiresAt: instant("expires_at"),
});

/** Requests counted by Better Auth's own limits, by address and route. */
export const authRateLimits = pgTable("auth_rate_limits", {
  id: text("id").primaryKey(),
  key: text("key").notNull().unique(),
  count: integer("count").notNull(),
  lastRequest: bigint("last_request", { mode: "number" }).notNull(),
});

/** Organizations: each is a tenant, whose id is the organization's. */
export const organizations = pgTable("organizations", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  slug: text("slug").notNull().unique(),
  logo: text("logo"),
  metadata: text("metadata"),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
});

const tenantId = () =>
  text("tenant_id")
    .notNull()
    .references(() => organizations.id, { onDelete: "cascade" });

/** Who belongs to which tenant, with one role, built in or of the tenant. */
export const members = pgTable(
  "members",
  {
    id: text("id").primaryKey(),
    organizationId: tenantId(),
    userId: personId(),
    role: text("role").notNull(),
    createdAt: createdAt(),
  },
  (table) => [
    unique("members_tenant_person").on(table.organizationId, table.userId),
    index("members_person").on(table.userId),
  ],
);

/** Invitations to a tenant. One address has at most one that waits. */
export const invitations = pgTable(
  "invitations",
  {
    id: text("id").primaryKey(),
    organizationId: tenantId(),
    email: text("email").notNull(),
    role: text("role").notNull(),
    status: text("status").notNull().default("pending"),
    expiresAt: instant("expires_at").notNull(),
    inviterId: personId("inviter_id"),
    createdAt: createdAt(),
  },
  (table) => [
    index("invitations_email").on(table.email),
    uniqueIndex("invitations_tenant_email_pending")
      .on(table.organizationId, table.email)
      .where(sql`${table.status} = 'pending'`),
  ],
);

/** API keys: a digest of each, the person who made it, and the tenant that it opens. */
export const apiKeys = pgTable(
  "api_keys",
  {
    id: text("id").primaryKey(),
    configId: text("config_id").notNull().default("default"),
    name: text("name"),
    start: text("start"),
    prefix: text("prefix"),
    key: text("key").notNull().unique(),
    /** The person who made the key. */
    referenceId: personId(),
    /** Null for the moment between the library's making of the key and its being bound; such a key opens nothing. */
    tenantId: text("tenant_id").references(() => organizations.id, { onDelete: "cascade" }),
    refillInterval: integer("refill_interval"),
    refillAmount: integer("refill_amount"),
    lastRefillAt: instant("last_refill_at"),
    enabled: boolean("enabled").notNull().default(true),
    rateLimitEnabled: boolean("rate_limit_enabled").notNull().default(false),
    rateLimitTimeWindow: integer("rate_limit_time_window"),
    rateLimitMax: integer("rate_limit_max"),
    requestCount: integer("request_count").notNull().default(0),
    remaining: integer("remaining"),
    lastRequest: instant("last_request"),
    expiresAt: instant("expires_at"),
    permissions: text("permissions"),
    metadata: text("metadata"),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [index("api_keys_tenant").on(table.tenantId), index("api_keys_person").on(table.referenceId)],
);
