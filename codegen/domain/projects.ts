import { and, eq, getTableColumns, isNotNull, isNull, type SQL } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { z } from "zod";
import { violatedConstraint } from "../../shared/database/violations.js";
import { pageSize } from "../../shared/pagination/cursor.js";
import { sortedPage } from "../../shared/pagination/sorted-page.js";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import type { Db } from "../db.js";
import { projects, projectVersions } from "../schema.js";
import type { CreateProjectRequest, ListProjectsRequest, ListProjectsResponse, Project } from "../types.js";
import { type GivenModel, givenModel } from "./model-text.js";
import { storedModel } from "./project-model.js";
import { type ProjectActor, recordEvent } from "./record-event.js";

export type ProjectRow = typeof projects.$inferSelect;

const longestDescription = 2_000;

const sorting = {
  fields: { createdAt: projects.createdAt, updatedAt: projects.updatedAt, name: projects.name },
  byDefault: "-createdAt",
  id: projects.id,
} as const;

/**
 * Creates a project and publishes `project-created`. Throws `invalidArgument` for a model with problems and
 * `alreadyExists` for a taken name.
 */
export async function createProject(
  db: Db,
  actor: ProjectActor,
  request: CreateProjectRequest,
): Promise<Project> {
  const { tenantId, userID } = actor;
  const { name, description = "" } = request;
  requireDescription(description);
  const model = storedModel(requireModel(request));
  return await withNameRules(name, () =>
    withTenant(db, tenantId, async (tx) => {
      const [row] = await tx
        .insert(projects)
        .values({ tenantId, name, description, model, createdBy: userID })
        .returning();
      const { id: projectId, modelVersion } = row!;
      await tx
        .insert(projectVersions)
        .values({ tenantId, projectId, version: modelVersion, model, createdBy: userID });
      await recordEvent(tx, actor, projectId, {
        type: "project-created",
        name,
        modelVersion,
        createdBy: userID,
      });
      return toProject(row!);
    }),
  );
}

/** The model that a request must bring. */
export function requireModel(request: GivenModel): unknown {
  const model = givenModel(request);
  if (model !== undefined) return model;
  throw APIError.invalidArgument("model: give model, or modelText.").withDetails({ reason: "model_missing" });
}

export function requireDescription(description: string): void {
  if (description.length <= longestDescription) return;
  throw APIError.invalidArgument(`description: at most ${longestDescription} characters.`);
}

/** Runs a write of a project; what the database says of its name becomes the caller's error. */
export async function withNameRules<T>(name: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    switch (violatedConstraint(error)) {
      case "projects_tenant_name":
        throw APIError.alreadyExists(`name: there is a project "${name}" already.`);
      case "projects_name_kebab":
        throw APIError.invalidArgument(
          "name: a lower-case letter, then letters, digits and hyphens; at most 63 characters.",
        );
      default:
        throw error;
    }
  }
}

/** A project with its model. Throws `notFound`. */
export async function getProject(db: Db, tenantId: string, projectId: string): Promise<Project> {
  return toProject(await withTenant(db, tenantId, (tx) => findProject(tx, tenantId, projectId)));
}

/** The row of a project, locked until the transaction ends where it is to be changed. Throws `notFound`. */
export async function findProject(
  tx: Db,
  tenantId: string,
  projectId: string,
  lock?: "for-update",
): Promise<ProjectRow> {
  const missing = APIError.notFound("No such project.");
  if (!z.uuid().safeParse(projectId).success) throw missing;
  const query = tx
    .select()
    .from(projects)
    .where(and(eq(projects.tenantId, tenantId), eq(projects.id, projectId)));
  const [row] = await (lock === undefined ? query : query.for("update"));
  if (row === undefined) throw missing;
  return row;
}

/** Throws `failedPrecondition` for a project that was put away. */
export function requireUnarchived(project: ProjectRow): void {
  if (project.archivedAt === null) return;
  throw APIError.failedPrecondition("The project is archived; restore it first.").withDetails({
    reason: "project_archived",
  });
}

/** The tenant's projects, newest first or as asked for. */
export async function listProjects(
  db: Db,
  tenantId: string,
  request: ListProjectsRequest,
): Promise<ListProjectsResponse> {
  const limit = pageSize(request.limit, { default: 50, max: 200 });
  const order = sortedPage(request, sorting);
  const { tenantId: _, model: __, ...summary } = getTableColumns(projects);
  const rows = await withTenant(db, tenantId, (tx) =>
    tx
      .select({ project: summary, key: order.key })
      .from(projects)
      .where(and(eq(projects.tenantId, tenantId), inState(request.state), order.after))
      .orderBy(order.orderBy)
      .limit(limit + 1),
  );
  return {
    projects: rows.slice(0, limit).map(({ project }) => withoutNull(project)),
    ...order.next(rows, limit, ({ project }) => project.id),
  };
}

function inState(state: ListProjectsRequest["state"] = "active"): SQL | undefined {
  if (state === "all") return undefined;
  return state === "active" ? isNull(projects.archivedAt) : isNotNull(projects.archivedAt);
}

export function toProject(row: ProjectRow): Project {
  const { tenantId: _, ...project } = row;
  return withoutNull(project);
}

function withoutNull<T extends { archivedAt: Date | null }>(
  row: T,
): Omit<T, "archivedAt"> & { archivedAt?: Date } {
  const { archivedAt, ...project } = row;
  return archivedAt === null ? project : { ...project, archivedAt };
}
