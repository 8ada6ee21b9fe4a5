import { randomUUID } from "node:crypto";
import { and, eq } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { z } from "zod";
import { pageSize } from "../../shared/pagination/cursor.js";
import { sortedPage } from "../../shared/pagination/sorted-page.js";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import type { Db } from "../db.js";
import { deployments, workQueue } from "../schema.js";
import type {
  Deployment,
  ListDeploymentsRequest,
  ListDeploymentsResponse,
  StartDeploymentRequest,
} from "../types.js";
import type { DeploymentRow } from "./fold-events.js";
import { findGeneration, newestGeneration, requireIdempotencyKey, requireRoom } from "./generations.js";
import { requireLocalRequest } from "./local/check-request.js";
import { readStoredModel } from "./project-model.js";
import { findVersion } from "./project-versions.js";
import { findProject, requireUnarchived } from "./projects.js";
import { type ProjectActor, recordEvent } from "./record-event.js";
import { enqueueWork } from "./work/work-queue.js";

const sorting = {
  fields: { requestedAt: deployments.requestedAt },
  byDefault: "-requestedAt",
  id: deployments.id,
} as const;

/** What a deployment is asked with of this machine. */
export interface DeploymentWorld {
  db: Db;
  /** Name of this machine, which local deployments stay on. */
  host: string;
  localEnabled: boolean;
  /** Keeps what the caller gave of the environment where the deployment's files will be. */
  keepEnvironment: (
    owner: { tenantId: string; projectId: string; deploymentId: string },
    environment: Record<string, string>,
  ) => Promise<void>;
}

/**
 * Queues a deployment of a generation. Throws `notFound`, `invalidArgument` for ports and variables that do not fit the
 * project, `failedPrecondition` where nothing is generated yet or local deployments are not allowed here.
 */
export async function startDeployment(
  world: DeploymentWorld,
  actor: ProjectActor,
  request: StartDeploymentRequest,
): Promise<Deployment> {
  const { tenantId, userID } = actor;
  const { idempotencyKey, driver, ports = {}, environment = {} } = request;
  requireIdempotencyKey(idempotencyKey);
  return await withTenant(world.db, tenantId, async (tx) => {
    const project = await findProject(tx, tenantId, request.projectId, "for-update");
    requireUnarchived(project);
    if (idempotencyKey !== undefined) {
      const known = and(eq(deployments.tenantId, tenantId), eq(deployments.idempotencyKey, idempotencyKey));
      const [row] = await tx.select().from(deployments).where(known);
      if (row !== undefined) return toDeployment(row);
    }
    const generation = await generationOf(tx, tenantId, project.id, request.generationId);
    const { model } = await findVersion(tx, tenantId, {
      projectId: project.id,
      version: generation.modelVersion,
    });
    requireLocalRequest(readStoredModel(model), { driver, ports, environment, enabled: world.localEnabled });
    await requireRoom(tx, tenantId, "deployment");
    const id = randomUUID();
    const owner = { tenantId, projectId: project.id, deploymentId: id };
    if (driver === "local") await world.keepEnvironment(owner, environment);
    await recordEvent(tx, actor, project.id, {
      type: "deployment-requested",
      deploymentId: id,
      generationId: generation.id,
      modelVersion: generation.modelVersion,
      driver,
      ports,
      requestedBy: userID,
    });
    if (idempotencyKey !== undefined)
      await tx.update(deployments).set({ idempotencyKey }).where(ownedBy(tenantId, id));
    const place = driver === "local" ? { host: world.host } : {};
    await enqueueWork(tx, { id, tenantId, projectId: project.id, kind: "deployment", ...place });
    return toDeployment(await findDeployment(tx, tenantId, id));
  });
}

/** A deployment with its services. Throws `notFound`. */
export async function getDeployment(db: Db, tenantId: string, id: string): Promise<Deployment> {
  return toDeployment(await withTenant(db, tenantId, (tx) => findDeployment(tx, tenantId, id)));
}

/** The tenant's deployments, newest first or as asked for. */
export async function listDeployments(
  db: Db,
  tenantId: string,
  request: ListDeploymentsRequest,
): Promise<ListDeploymentsResponse> {
  const limit = pageSize(request.limit, { default: 50, max: 200 });
  const order = sortedPage(request, sorting);
  const { projectId, state, driver } = request;
  const rows = await withTenant(db, tenantId, async (tx) => {
    if (projectId !== undefined) await findProject(tx, tenantId, projectId);
    return await tx
      .select({ row: deployments, key: order.key })
      .from(deployments)
      .where(
        and(
          eq(deployments.tenantId, tenantId),
          projectId === undefined ? undefined : eq(deployments.projectId, projectId),
          state && eq(deployments.state, state),
          driver && eq(deployments.driver, driver),
          order.after,
        ),
      )
      .orderBy(order.orderBy)
      .limit(limit + 1);
  });
  return {
    deployments: rows.slice(0, limit).map(({ row }) => toDeployment(row)),
    ...order.next(rows, limit, ({ row }) => row.id),
  };
}

/**
 * Stops a deployment: its services where it runs, the work where it is under way. Throws `failedPrecondition` for one that
 * has ended.
 */
export async function stopDeployment(db: Db, actor: ProjectActor, id: string): Promise<Deployment> {
  const { tenantId, userID } = actor;
  return await withTenant(db, tenantId, async (tx) => {
    const { projectId } = await findDeployment(tx, tenantId, id);
    const [work] = await tx
      .update(workQueue)
      .set({ cancelRequested: true })
      .where(and(eq(workQueue.tenantId, tenantId), eq(workQueue.id, id)))
      .returning();
    if (work === undefined) {
      throw APIError.failedPrecondition("The deployment has ended.").withDetails({
        reason: "deployment_ended",
      });
    }
    const asked = { deploymentId: id, requestedBy: userID };
    await recordEvent(tx, actor, projectId, { type: "deployment-stop-requested", ...asked });
    if (work.kind === "deployment" && work.attempts === 0) {
      await tx.delete(workQueue).where(eq(workQueue.id, id));
      await recordEvent(tx, actor, projectId, {
        type: "deployment-stopped",
        deploymentId: id,
        reason: "requested",
        stoppedBy: userID,
      });
    }
    return toDeployment(await findDeployment(tx, tenantId, id));
  });
}

/**
 * Starts the services of a local deployment again, whether they run or not. What was installed and built is kept. Throws
 * `failedPrecondition` while it is being deployed, and for a bundle.
 */
export async function restartDeployment(
  world: DeploymentWorld,
  actor: ProjectActor,
  id: string,
): Promise<Deployment> {
  const { tenantId, userID } = actor;
  return await withTenant(world.db, tenantId, async (tx) => {
    const { projectId, driver, state } = await findDeployment(tx, tenantId, id);
    requireUnarchived(await findProject(tx, tenantId, projectId, "for-update"));
    if (driver !== "local") {
      throw APIError.failedPrecondition("A bundle has no services to be started.").withDetails({
        reason: "not_local",
      });
    }
    if (state === "queued" || state === "deploying") {
      throw APIError.failedPrecondition("The deployment is under way.").withDetails({
        reason: "deployment_under_way",
      });
    }
    const asked = { deploymentId: id, requestedBy: userID };
    await recordEvent(tx, actor, projectId, { type: "deployment-restart-requested", ...asked });
    await enqueueWork(tx, { id, tenantId, projectId, kind: "deployment", host: world.host });
    return toDeployment(await findDeployment(tx, tenantId, id));
  });
}

/** The row of a deployment. Throws `notFound`. */
export async function findDeployment(tx: Db, tenantId: string, id: string): Promise<DeploymentRow> {
  const missing = APIError.notFound("No such deployment.");
  if (!z.uuid().safeParse(id).success) throw missing;
  const [row] = await tx.select().from(deployments).where(ownedBy(tenantId, id));
  if (row === undefined) throw missing;
  return row;
}

async function generationOf(tx: Db, tenantId: string, projectId: string, id: string | undefined) {
  if (id !== undefined) {
    const row = await findGeneration(tx, tenantId, id);
    if (row.projectId !== projectId) throw APIError.notFound("No such generation.");
    if (row.state === "completed") return row;
    throw APIError.failedPrecondition(`The generation is not completed but ${row.state}.`).withDetails({
      reason: row.state === "expired" ? "generation_expired" : "generation_not_completed",
    });
  }
  const newest = await newestGeneration(tx, tenantId, projectId);
  if (newest !== undefined) return newest;
  throw APIError.failedPrecondition("The project is not generated yet.").withDetails({
    reason: "project_not_generated",
  });
}

function ownedBy(tenantId: string, id: string) {
  return and(eq(deployments.tenantId, tenantId), eq(deployments.id, id));
}

function toDeployment(row: DeploymentRow): Deployment {
  const { tenantId: _, idempotencyKey: __, ports: ___, ...told } = row;
  const given = Object.entries(told).filter(([, value]) => value !== null);
  return Object.fromEntries(given) as unknown as Deployment;
}
