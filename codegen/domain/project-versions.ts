import { and, desc, eq, lt } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { z } from "zod";
import { decodeCursor, encodeCursor, pageSize } from "../../shared/pagination/cursor.js";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import type { Db } from "../db.js";
import { projectVersions } from "../schema.js";
import type { ListProjectVersionsRequest, ListProjectVersionsResponse, ProjectVersion } from "../types.js";
import { findProject } from "./projects.js";

const cursorSchema = z.object({ version: z.int() });

/** All versions of a project's model, newest first. Throws `notFound`. */
export async function listVersions(
  db: Db,
  tenantId: string,
  request: ListProjectVersionsRequest,
): Promise<ListProjectVersionsResponse> {
  const limit = pageSize(request.limit, { default: 50, max: 200 });
  const after = request.cursor === undefined ? undefined : decodeCursor(request.cursor, cursorSchema);
  const rows = await withTenant(db, tenantId, async (tx) => {
    const { id } = await findProject(tx, tenantId, request.projectId);
    const { version, breakingChanges, createdBy, createdAt } = projectVersions;
    return await tx
      .select({ version, breakingChanges, createdBy, createdAt })
      .from(projectVersions)
      .where(
        and(
          eq(projectVersions.tenantId, tenantId),
          eq(projectVersions.projectId, id),
          after && lt(projectVersions.version, after.version),
        ),
      )
      .orderBy(desc(projectVersions.version))
      .limit(limit + 1);
  });
  const versions = rows.slice(0, limit);
  const last = rows.length > limit ? versions.at(-1) : undefined;
  return { versions, nextCursor: last && encodeCursor({ version: last.version }) };
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
