import { sql } from "drizzle-orm";
import {
  type AnyPgColumn,
  bigint,
  boolean,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uuid,
} from "drizzle-orm/pg-core";
import type { ProjectEvent } from "../shared/events/types.js";
import type { JsonValue } from "../shared/json.js";
import { tenantIsolation } from "../shared/tenancy/tenant-isolation.js";
import type {
  BreakingModelChange,
  DeployedService,
  DeploymentDriver,
  DeploymentState,
  DeploymentStep,
  GenerationState,
} from "./types.js";

export { outbox } from "../shared/events/outbox.js";

/** `generation`, `deployment`: to be done. `running`: processes to be watched. `expiry`: a result to be removed when it is old. */
export type WorkKind = "generation" | "deployment" | "running" | "expiry";

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });

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
    createdAt: instant("created_at").notNull().defaultNow(),
    updatedAt: instant("updated_at").notNull().defaultNow(),
    archivedAt: instant("archived_at"),
    /** Grows with each change of the project, so that a change can say what it was made on. */
    revision: integer("revision").notNull().default(1),
  },
  (table) => [
    unique("projects_tenant_name").on(table.tenantId, table.name),
    index("projects_tenant_created").on(table.tenantId, table.createdAt, table.id),
    check("projects_name_kebab", sql`${table.name} ~ '^[a-z][a-z0-9-]{0,62}$'`),
    tenantIsolation(),
  ],
);

/** Every version of a project's model, with what it broke of the one before. */
export const projectVersions = pgTable(
  "project_versions",
  {
    tenantId: text("tenant_id").notNull(),
    projectId: uuid("project_id").notNull(),
    version: integer("version").notNull(),
    model: jsonb("model").$type<JsonValue>().notNull(),
    breakingChanges: jsonb("breaking_changes").$type<BreakingModelChange[]>().notNull().default([]),
    createdBy: text("created_by").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.projectId, table.version] }),
    ofProject("project_versions", table),
    index("project_versions_tenant").on(table.tenantId),
    tenantIsolation(),
  ],
);

/**
 * What happened to projects, their generations and deployments, in the order it happened: what `generations` and
 * `deployments` are folded from.
 */
export const projectLog = pgTable(
  "project_log",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    tenantId: text("tenant_id").notNull(),
    projectId: uuid("project_id").notNull(),
    eventId: uuid("event_id").notNull().unique(),
    userId: text("user_id").notNull(),
    correlationId: text("correlation_id").notNull(),
    time: instant("time").notNull(),
    event: jsonb("event").$type<ProjectEvent["event"]>().notNull(),
  },
  (table) => [
    ofProject("project_log", table),
    index("project_log_project").on(table.tenantId, table.projectId, table.id),
    tenantIsolation(),
  ],
);

/** Generations as their events tell of them. */
export const generations = pgTable(
  "generations",
  {
    id: uuid("id").primaryKey(),
    tenantId: text("tenant_id").notNull(),
    projectId: uuid("project_id").notNull(),
    modelVersion: integer("model_version").notNull(),
    state: text("state").$type<GenerationState>().notNull(),
    /** The generation whose migrations this one goes on from. */
    previousId: uuid("previous_id"),
    files: integer("files"),
    bytes: integer("bytes"),
    /** Of the archive. */
    archiveBytes: integer("archive_bytes"),
    archiveSha256: text("archive_sha256"),
    errorCode: text("error_code"),
    error: text("error"),
    requestedBy: text("requested_by").notNull(),
    requestedAt: instant("requested_at").notNull(),
    startedAt: instant("started_at"),
    finishedAt: instant("finished_at"),
    /** When the archive was removed. */
    expiredAt: instant("expired_at"),
    idempotencyKey: text("idempotency_key"),
  },
  (table) => [
    ofProject("generations", table),
    unique("generations_tenant_key").on(table.tenantId, table.idempotencyKey),
    index("generations_tenant_requested").on(table.tenantId, table.requestedAt, table.id),
    index("generations_project").on(table.projectId, table.requestedAt),
    tenantIsolation(),
  ],
);

/** Deployments as their events tell of them. */
export const deployments = pgTable(
  "deployments",
  {
    id: uuid("id").primaryKey(),
    tenantId: text("tenant_id").notNull(),
    projectId: uuid("project_id").notNull(),
    generationId: uuid("generation_id").notNull(),
    modelVersion: integer("model_version").notNull(),
    driver: text("driver").$type<DeploymentDriver>().notNull(),
    state: text("state").$type<DeploymentState>().notNull(),
    /** What is being done, or was when it failed. */
    step: text("step").$type<DeploymentStep>(),
    services: jsonb("services").$type<DeployedService[]>().notNull().default([]),
    /** Ports that were asked for, by service. */
    ports: jsonb("ports").$type<Record<string, number>>().notNull().default({}),
    errorCode: text("error_code"),
    error: text("error"),
    /** The deployment that runs on after this one failed. */
    rolledBackTo: uuid("rolled_back_to"),
    requestedBy: text("requested_by").notNull(),
    requestedAt: instant("requested_at").notNull(),
    startedAt: instant("started_at"),
    finishedAt: instant("finished_at"),
    idempotencyKey: text("idempotency_key"),
  },
  (table) => [
    ofProject("deployments", table),
    unique("deployments_tenant_key").on(table.tenantId, table.idempotencyKey),
    index("deployments_tenant_requested").on(table.tenantId, table.requestedAt, table.id),
    index("deployments_project").on(table.projectId, table.requestedAt),
    tenantIsolation(),
  ],
);

/**
 * Generations and deployments that wait for a worker or are worked on; and deployments that run on a machine, whose
 * processes its worker watches.
 *
 * No row-level security: the queue of all tenants, which holds ids and is reachable through no endpoint.
 */
export const workQueue = pgTable(
  "work_queue",
  {
    id: uuid("id").primaryKey(),
    tenantId: text("tenant_id").notNull(),
    projectId: uuid("project_id").notNull(),
    kind: text("kind").$type<WorkKind>().notNull(),
    /** The machine that must do it: where processes of the deployment are. */
    host: text("host"),
    enqueuedAt: instant("enqueued_at").notNull().defaultNow(),
    /** Grows with each claim: who holds an older one may write no more. */
    attempts: integer("attempts").notNull().default(0),
    leaseEndsAt: instant("lease_ends_at"),
    cancelRequested: boolean("cancel_requested").notNull().default(false),
    /** Services done, of those to do. */
    done: integer("done").notNull().default(0),
    total: integer("total").notNull().default(0),
  },
  (table) => [
    index("work_queue_kind").on(table.kind, table.enqueuedAt),
    index("work_queue_tenant").on(table.tenantId),
  ],
);

/** Rows of a project, which go with it. */
function ofProject(table: string, { projectId }: { projectId: AnyPgColumn }): ReturnType<typeof foreignKey> {
  return foreignKey({
    name: `${table}_project`,
    columns: [projectId],
    foreignColumns: [projects.id],
  }).onDelete("cascade");
}
