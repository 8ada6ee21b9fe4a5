import { randomUUID } from "node:crypto";
import { and, desc, eq, inArray, sql } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { z } from "zod";
import { pageSize } from "../../shared/pagination/cursor.js";
import { sortedPage } from "../../shared/pagination/sorted-page.js";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import type { Db } from "../db.js";
import { generations, workQueue } from "../schema.js";
import type {
  Generation,
  ListGenerationsRequest,
  ListGenerationsResponse,
  StartGenerationRequest,
} from "../types.js";
import type { GenerationRow } from "./fold-events.js";
import { findVersion } from "./project-versions.js";
import { findProject, requireUnarchived } from "./projects.js";
import { type ProjectActor, recordEvent } from "./record-event.js";
import { enqueueWork, progressOf } from "./work/work-queue.js";

const sorting = {
  fields: { requestedAt: generations.requestedAt },
  byDefault: "-requestedAt",
  id: generations.id,
} as const;
const mostWaiting = 20;

/**
 * Queues the generation of a version of a project. Throws `notFound`, `failedPrecondition` for an archived project, and
 * `resourceExhausted` where twenty of the tenant wait already.
 */
export async function startGeneration(
  db: Db,
  actor: ProjectActor,
  request: StartGenerationRequest,
): Promise<Generation> {
  const { tenantId, userID } = actor;
  const { idempotencyKey } = request;
  requireIdempotencyKey(idempotencyKey);
  return await withTenant(db, tenantId, async (tx) => {
    const project = await findProject(tx, tenantId, request.projectId, "for-update");
    requireUnarchived(project);
    const version = request.version ?? project.modelVersion;
    await findVersion(tx, tenantId, { projectId: project.id, version });
    if (idempotencyKey !== undefined) {
      const known = await findByKey(tx, tenantId, idempotencyKey);
      if (known !== undefined) return await withProgress(tx, known);
    }
    await requireRoom(tx, tenantId, "generation");
    const id = randomUUID();
    await recordEvent(tx, actor, project.id, {
      type: "generation-requested",
      generationId: id,
      modelVersion: version,
      requestedBy: userID,
    });
    if (idempotencyKey !== undefined)
      await tx.update(generations).set({ idempotencyKey }).where(ownedBy(tenantId, id));
    await enqueueWork(tx, { id, tenantId, projectId: project.id, kind: "generation" });
    return await withProgress(tx, await findGeneration(tx, tenantId, id));
  });
}

/** A generation with how far it is. Throws `notFound`. */
export async function getGeneration(db: Db, tenantId: string, id: string): Promise<Generation> {
  return await withTenant(db, tenantId, async (tx) =>
    withProgress(tx, await findGeneration(tx, tenantId, id)),
  );
}

/** The tenant's generations, newest first or as asked for. */
export async function listGenerations(
  db: Db,
  tenantId: string,
  request: ListGenerationsRequest,
): Promise<ListGenerationsResponse> {
  const limit = pageSize(request.limit, { default: 50, max: 200 });
  const order = sortedPage(request, sorting);
  const { projectId, state } = request;
  return await withTenant(db, tenantId, async (tx) => {
    if (projectId !== undefined) await findProject(tx, tenantId, projectId);
    const rows = await tx
      .select({ row: generations, key: order.key })
      .from(generations)
      .where(
        and(
          eq(generations.tenantId, tenantId),
          projectId === undefined ? undefined : eq(generations.projectId, projectId),
          state && eq(generations.state, state),
          order.after,
        ),
      )
      .orderBy(order.orderBy)
      .limit(limit + 1);
    const page = rows.slice(0, limit);
    const progress = await progressOf(
      tx,
      tenantId,
      page.map(({ row }) => row.id),
    );
    return {
      generations: page.map(({ row }) => toGeneration(row, progress.get(row.id))),
      ...order.next(rows, limit, ({ row }) => row.id),
    };
  });
}

/**
 * Cancels a generation: at once where it waits, else before its next service. Throws `failedPrecondition` for one that
 * has ended.
 */
export async function cancelGeneration(db: Db, actor: ProjectActor, id: string): Promise<Generation> {
  const { tenantId, userID } = actor;
  return await withTenant(db, tenantId, async (tx) => {
    const { projectId, modelVersion } = await findGeneration(tx, tenantId, id);
    const queued = and(eq(workQueue.id, id), eq(workQueue.kind, "generation"));
    const [work] = await tx.select().from(workQueue).where(queued).for("update");
    if (work === undefined) {
      throw APIError.failedPrecondition("The generation has ended.").withDetails({
        reason: "generation_ended",
      });
    }
    if (work.attempts === 0) {
      await tx.delete(workQueue).where(queued);
      await recordEvent(tx, actor, projectId, {
        type: "generation-cancelled",
        generationId: id,
        modelVersion,
        cancelledBy: userID,
      });
    } else {
      await tx.update(workQueue).set({ cancelRequested: true }).where(queued);
    }
    return await withProgress(tx, await findGeneration(tx, tenantId, id));
  });
}

/** The row of a generation. Throws `notFound`. */
export async function findGeneration(tx: Db, tenantId: string, id: string): Promise<GenerationRow> {
  const missing = APIError.notFound("No such generation.");
  if (!z.uuid().safeParse(id).success) throw missing;
  const [row] = await tx.select().from(generations).where(ownedBy(tenantId, id));
  if (row === undefined) throw missing;
  return row;
}

/** The project's newest completed generation; undefined where there is none. */
export async function newestGeneration(
  tx: Db,
  tenantId: string,
  projectId: string,
): Promise<GenerationRow | undefined> {
  const [newest] = await tx
    .select()
    .from(generations)
    .where(
      and(
        eq(generations.tenantId, tenantId),
        eq(generations.projectId, projectId),
        eq(generations.state, "completed"),
      ),
    )
    .orderBy(desc(generations.finishedAt), desc(generations.id))
    .limit(1);
  return newest;
}

/** A generation whose files are there. Throws `notFound`, and `failedPrecondition` where they are not. */
export async function findCompleted(db: Db, tenantId: string, id: string): Promise<GenerationRow> {
  const row = await withTenant(db, tenantId, (tx) => findGeneration(tx, tenantId, id));
  if (row.state === "completed") return row;
  throw APIError.failedPrecondition(
    row.state === "expired"
      ? "The generation's files were removed, for their age; generate the version again."
      : `The generation is not completed but ${row.state}.`,
  ).withDetails({ reason: row.state === "expired" ? "generation_expired" : "generation_not_completed" });
}

/** Throws `resourceExhausted` where a tenant has too much waiting. */
export async function requireRoom(
  tx: Db,
  tenantId: string,
  kind: "generation" | "deployment",
): Promise<void> {
  const waiting = await tx.$count(
    workQueue,
    and(eq(workQueue.tenantId, tenantId), inArray(workQueue.kind, [kind])),
  );
  if (waiting < mostWaiting) return;
  throw APIError.resourceExhausted(`${mostWaiting} ${kind}s wait already.`).withDetails({
    reason: `too_many_${kind}s`,
    limit: mostWaiting,
  });
}

/** Throws `invalidArgument` for a key that cannot be kept. */
export function requireIdempotencyKey(key: string | undefined): void {
  if (key === undefined || (key.length > 0 && key.length <= 200)) return;
  throw APIError.invalidArgument("idempotencyKey: 1 to 200 characters.");
}

async function findByKey(tx: Db, tenantId: string, key: string): Promise<GenerationRow | undefined> {
  const [row] = await tx
    .select()
    .from(generations)
    .where(and(eq(generations.tenantId, tenantId), eq(generations.idempotencyKey, key)));
  return row;
}

async function withProgress(tx: Db, row: GenerationRow): Promise<Generation> {
  return toGeneration(row, (await progressOf(tx, row.tenantId, [row.id])).get(row.id));
}

function ownedBy(tenantId: string, id: string) {
  return and(eq(generations.tenantId, tenantId), eq(generations.id, sql`${id}::uuid`));
}

function toGeneration(row: GenerationRow, progress: { done: number; total: number } | undefined): Generation {
  const { tenantId: _, idempotencyKey: __, ...told } = row;
  const given = Object.entries(told).filter(([, value]) => value !== null);
  return {
    ...(Object.fromEntries(given) as unknown as Generation),
    ...(row.state === "running" && progress !== undefined
      ? { servicesDone: progress.done, servicesTotal: progress.total }
      : {}),
  };
}
