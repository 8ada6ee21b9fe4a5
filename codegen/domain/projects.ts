import { and, eq, getTableColumns } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { z } from "zod";
import { violatedConstraint } from "../../shared/database/violations.js";
import { newEvent } from "../../shared/events/envelope.js";
import { addToOutbox } from "../../shared/events/outbox.js";
import type { JsonValue } from "../../shared/json.js";
import { pageSize } from "../../shared/pagination/cursor.js";
import { sortedPage } from "../../shared/pagination/sorted-page.js";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import type { Db } from "../db.js";
import { projects } from "../schema.js";
import type { CreateProjectRequest, ListProjectsRequest, ListProjectsResponse, Project } from "../types.js";
import { parseProjectModel } from "./project-model.js";

const sorting = {
  fields: { createdAt: projects.createdAt, name: projects.name },
  byDefault: "-createdAt",
  id: projects.id,
} as const;

/**
 * Creates a project and publishes `project-created`. Throws `invalidArgument` for a model with problems and
 * `alreadyExists` for a taken name.
 */
export async function createProject(
  db: Db,
  author: { tenantId: string; userID: string },
  request: CreateProjectRequest,
): Promise<Project> {
  const { tenantId, userID } = author;
  const { name, description = "" } = request;
  const model = JSON.parse(JSON.stringify(parseProjectModel(request.model))) as JsonValue;
  try {
    return await withTenant(db, tenantId, async (tx) => {
      const [row] = await tx
        .insert(projects)
        .values({ tenantId, name, description, model, createdBy: userID })
        .returning();
      const { id: projectId, modelVersion } = row!;
      await addToOutbox(
        tx,
        "project-events",
        newEvent(
          { type: "project-created" as const, name, modelVersion, createdBy: userID },
          { tenantId, userId: userID, projectId, orderedBy: projectId },
        ),
      );
      return toProject(row!);
    });
  } catch (error) {
    switch (violatedConstraint(error)) {
      case "projects_tenant_name":
        throw APIError.alreadyExists(`name: there is a project "${name}" already.`);
      case "projects_name_kebab":
        throw APIError.invalidArgument(
          "name: a lower-case letter, then letters, digits and hyphens, at most 63 in all.",
        );
      default:
        throw error;
    }
  }
}

/** A project with its model. Throws `notFound`. */
export async function getProject(db: Db, tenantId: string, projectId: string): Promise<Project> {
  const missing = APIError.notFound("No such project.");
  if (!z.uuid().safeParse(projectId).success) throw missing;
  const [row] = await withTenant(db, tenantId, (tx) =>
    tx
      .select()
      .from(projects)
      .where(and(eq(projects.tenantId, tenantId), eq(projects.id, projectId))),
  );
  if (row === undefined) throw missing;
  return toProject(row);
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
      .where(and(eq(projects.tenantId, tenantId), order.after))
      .orderBy(order.orderBy)
      .limit(limit + 1),
  );
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return {
    projects: page.map(({ project }) => project),
    nextCursor: last && order.cursorAfter(last.key, last.project.id),
  };
}

function toProject(row: typeof projects.$inferSelect): Project {
  const { tenantId: _, ...project } = row;
  return project;
}
