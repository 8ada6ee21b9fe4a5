import { and, eq } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { pageSize } from "../../shared/pagination/cursor.js";
import { sortedPage } from "../../shared/pagination/sorted-page.js";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import type { Db } from "../db.js";
import { projectVersions } from "../schema.js";
import type { ListProjectVersionsRequest, ListProjectVersionsResponse, ProjectVersion } from "../types.js";
import { findProject } from "./projects.js";

const sorting = {
  fields: { version: projectVersions.version },
  byDefault: "-version",
  id: projectVersions.version,
} as const;

/** All versions of a project's model, newest first or as asked for. Throws `notFound`. */
export async function listVersions(
  db: Db,
  tenantId: string,
  request: ListProjectVersionsRequest,
): Promise<ListProjectVersionsResponse> {
  const limit = pageSize(request.limit, { default: 50, max: 200 });
  const order = sortedPage(request, sorting);
  const rows = await withTenant(db, tenantId, async (tx) => {
    const { id } = await findProject(tx, tenantId, request.projectId);
    const { version, breakingChanges, createdBy, createdAt } = projectVersions;
    return await tx
      .select({ version, breakingChanges, createdBy, createdAt, key: order.key })
      .from(projectVersions)
      .where(and(eq(projectVersions.tenantId, tenantId), eq(projectVersions.projectId, id), order.after))
      .orderBy(order.orderBy)
      .limit(limit + 1);
  });
  return {
    versions: rows.slice(0, limit).map(({ key: _, ...version }) => version),
    ...order.next(rows, limit, ({ key }) => key),
  };
}

/** A version of a project's model. Throws `notFound`. */
export async function getVersion(
  db: Db,
  tenantId: string,
  request: { projectId: string; version: number },
): Promise<ProjectVersion> {
  return await withTenant(db, tenantId, (tx) => findVersion(tx, tenantId, request));
}

/** A version of a project's model, within a transaction. Throws `notFound`. */
export async function findVersion(
  tx: Db,
  tenantId: string,
  request: { projectId: string; version: number },
): Promise<ProjectVersion> {
  const project = await findProject(tx, tenantId, request.projectId);
  const { version } = request;
  const [row] =
    Number.isInteger(version) && version > 0 && version <= project.modelVersion
      ? await tx
          .select()
          .from(projectVersions)
          .where(
            and(
              eq(projectVersions.tenantId, tenantId),
              eq(projectVersions.projectId, project.id),
              eq(projectVersions.version, version),
            ),
          )
      : [];
  if (row === undefined) throw APIError.notFound(`The project has no version ${version}.`);
  const { tenantId: _, ...found } = row;
  return found;
}
