import { isDeepStrictEqual } from "node:util";
import { and, eq, ne, sql } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import type { Db } from "../db.js";
import { projects, projectVersions, workQueue } from "../schema.js";
import type { BreakingModelChange, ChangeProjectRequest, Project } from "../types.js";
import { givenModel } from "./model-text.js";
import { modelBreaks, storedModel } from "./project-model.js";
import {
  findProject,
  type ProjectRow,
  requireDescription,
  requireUnarchived,
  toProject,
  withNameRules,
} from "./projects.js";
import { type ProjectActor, recordEvent } from "./record-event.js";

/**
 * Changes what a request names, and publishes `project-updated`. Another model is a new version; the same one is none.
 * Throws `failedPrecondition` (reason `breaking_changes`, with all of them) where callers or consumers of the version
 * before break and the request does not accept that, and `aborted` where the project is at another revision than expected.
 */
export async function changeProject(
  db: Db,
  actor: ProjectActor,
  request: ChangeProjectRequest,
): Promise<Project> {
  const { tenantId, userID } = actor;
  if (request.description !== undefined) requireDescription(request.description);
  const given = givenModel(request);
  const model = given === undefined ? undefined : storedModel(given);
  return await withNameRules(request.name ?? "", () =>
    withTenant(db, tenantId, async (tx) => {
      const before = await findProject(tx, tenantId, request.projectId, "for-update");
      requireRevision(before, request.expectedRevision);
      requireUnarchived(before);
      const name = request.name ?? before.name;
      const description = request.description ?? before.description;
      const isNewModel = model !== undefined && !isDeepStrictEqual(model, before.model);
      if (!isNewModel && name === before.name && description === before.description) return toProject(before);
      const breaking = isNewModel ? modelBreaks(before.model, model) : [];
      if (breaking.length > 0 && !request.acceptBreaking) throw breaks(breaking);
      const version = before.modelVersion + (isNewModel ? 1 : 0);
      if (isNewModel) {
        await tx.insert(projectVersions).values({
          tenantId,
          projectId: before.id,
          version,
          model,
          breakingChanges: breaking,
          createdBy: userID,
        });
      }
      const after = await changeRow(tx, before, {
        name,
        description,
        modelVersion: version,
        ...(isNewModel ? { model } : {}),
      });
      await recordEvent(tx, actor, before.id, {
        type: "project-updated",
        name,
        modelVersion: version,
        breakingChanges: breaking.length,
        updatedBy: userID,
      });
      return toProject(after);
    }),
  );
}

/** Puts a project away, or takes it up again. Doing it twice changes nothing. */
export async function archiveProject(
  db: Db,
  actor: ProjectActor,
  request: { projectId: string; expectedRevision?: number; archived: boolean },
): Promise<Project> {
  const { tenantId, userID } = actor;
  return await withTenant(db, tenantId, async (tx) => {
    const before = await findProject(tx, tenantId, request.projectId, "for-update");
    requireRevision(before, request.expectedRevision);
    if ((before.archivedAt !== null) === request.archived) return toProject(before);
    if (request.archived) await requireIdle(tx, before);
    const after = await changeRow(tx, before, { archivedAt: request.archived ? new Date() : null });
    const { id, name } = before;
    await recordEvent(
      tx,
      actor,
      id,
      request.archived
        ? { type: "project-archived", name, archivedBy: userID }
        : { type: "project-restored", name, restoredBy: userID },
    );
    return toProject(after);
  });
}

/**
 * Removes a project with its versions and results. `removeFiles` comes first and may be repeated. Throws
 * `failedPrecondition` while it is generated or deployed, or its services run.
 */
export async function deleteProject(
  db: Db,
  actor: ProjectActor,
  request: { projectId: string; expectedRevision?: number; removeFiles: () => Promise<void> },
): Promise<void> {
  const { tenantId, userID } = actor;
  const require = async (tx: Db): Promise<ProjectRow> => {
    const project = await findProject(tx, tenantId, request.projectId, "for-update");
    requireRevision(project, request.expectedRevision);
    await requireIdle(tx, project);
    return project;
  };
  await withTenant(db, tenantId, require);
  await request.removeFiles();
  await withTenant(db, tenantId, async (tx) => {
    const { id, name } = await require(tx);
    await tx.delete(workQueue).where(and(eq(workQueue.tenantId, tenantId), eq(workQueue.projectId, id)));
    await tx.delete(projects).where(and(eq(projects.tenantId, tenantId), eq(projects.id, id)));
    await recordEvent(tx, actor, id, { type: "project-deleted", name, deletedBy: userID });
  });
}

async function changeRow(
  tx: Db,
  { tenantId, id }: ProjectRow,
  values: Partial<ProjectRow>,
): Promise<ProjectRow> {
  const [row] = await tx
    .update(projects)
    .set({ ...values, updatedAt: new Date(), revision: sql`${projects.revision} + 1` })
    .where(and(eq(projects.tenantId, tenantId), eq(projects.id, id)))
    .returning();
  return row!;
}

function requireRevision({ revision }: ProjectRow, expected: number | undefined): void {
  if (expected === undefined || expected === revision) return;
  throw APIError.aborted(
    `The project is at revision ${revision}, not ${expected}: read it again.`,
  ).withDetails({ reason: "revision_changed", revision });
}

async function requireIdle(tx: Db, { tenantId, id }: ProjectRow): Promise<void> {
  const [busy] = await tx
    .select({ kind: workQueue.kind })
    .from(workQueue)
    .where(and(eq(workQueue.tenantId, tenantId), eq(workQueue.projectId, id), ne(workQueue.kind, "expiry")))
    .limit(1);
  if (busy === undefined) return;
  const message =
    busy.kind === "running"
      ? "The project's services run; stop its deployment first."
      : `A ${busy.kind} of the project is under way; wait for it or cancel it.`;
  throw APIError.failedPrecondition(message).withDetails({ reason: "project_in_use" });
}

function breaks(changes: BreakingModelChange[]): APIError {
  const [first] = changes;
  const more = changes.length > 1 ? ` (and ${changes.length - 1} more)` : "";
  return APIError.failedPrecondition(
    `model: ${first!.message}${more} Send acceptBreaking to take it all the same.`,
  ).withDetails({ reason: "breaking_changes", breakingChanges: changes.map((change) => ({ ...change })) });
}
