import { copyFile, truncate } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { and, eq } from "drizzle-orm";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import { deployments, workQueue } from "../../schema.js";
import type { DeploymentRow } from "../fold-events.js";
import { readStoredModel } from "../project-model.js";
import { findVersion } from "../project-versions.js";
import { actorOf, recordEvent } from "../record-event.js";
import { finishWork, requireClaim, type WorkClaim, WorkLostError } from "../work/work-queue.js";
import type { Deployer } from "./deploy.js";
import { LocalServices } from "./local-services.js";
import { findProcesses, stopProcesses } from "./processes.js";
import { recordProgress } from "./record-progress.js";
import { sizeOf } from "./run-command.js";

const lookMs = 1_000;
const mostRestarts = 5;
/** A service that ran for so long starts with a clean slate. */
const calmMs = 60_000;
const mostLogBytes = 20 * 1024 * 1024;

/**
 * Looks after the processes of a deployment that runs: one that ends by itself is started again, with growing waits; after
 * five times in a row the deployment has failed. A restart of the platform finds them by their marks and goes on. Ends them
 * when the deployment is stopped.
 */
export async function watchDeployment(
  deployer: Deployer,
  claim: WorkClaim,
  signal: AbortSignal,
): Promise<void> {
  const { db, settings } = deployer;
  const { id, tenantId, projectId } = claim;
  const { row, model, requested } = await withTenant(db, tenantId, async (tx) => {
    const { cancelRequested } = await requireClaim(tx, claim);
    const [found] = await tx
      .select()
      .from(deployments)
      .where(and(eq(deployments.tenantId, tenantId), eq(deployments.id, id)));
    if (found === undefined) throw new WorkLostError(claim);
    const version = await findVersion(tx, tenantId, { projectId, version: found.modelVersion });
    return { row: found, model: readStoredModel(version.model), requested: cancelRequested };
  });
  const services = new LocalServices(settings, { tenantId, projectId, deploymentId: id }, model);
  const ports = new Map(row.services.map(({ name, port }) => [name, port]));
  const restarts = new Map<string, { count: number; at: number }>();

  // After a restart of the machine their database server stands still too.
  if (!requested) await services.databases();
  while (!signal.aborted && !requested) {
    const alive = new Set((await findProcesses(settings.folder, id)).map(({ service }) => service));
    const ended = model.services.filter(({ name }) => !alive.has(name));
    for (const service of ended) {
      const { name } = service;
      const before = restarts.get(name);
      const count = before === undefined || Date.now() - before.at > calmMs ? 1 : before.count + 1;
      restarts.set(name, { count, at: Date.now() });
      if (count > mostRestarts) return await crashed(deployer, claim, row, name);
      await recordProgress(db, claim, {
        type: "service-ended",
        deploymentId: id,
        service: name,
        restarts: count,
      });
      await delay(200 * 2 ** count, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) break;
      const urls = await services.databases();
      await services.start(service, ports, urls.get(name));
      const port = ports.get(name)!;
      const isReady = await services.untilReady(name, port, signal).then(
        () => true,
        () => false,
      );
      if (!isReady) continue;
      const url = `http://127.0.0.1:${port}`;
      await recordProgress(db, claim, {
        type: "service-healthy",
        deploymentId: id,
        service: name,
        port,
        url,
      });
    }
    for (const { name } of model.services) await cutLog(services.logFile(name));
    await delay(lookMs, undefined, { signal }).catch(() => undefined);
  }
  if (!requested && signal.reason !== "cancelled") throw new WorkLostError(claim);
  await stopProcesses(settings.folder, id);
  await stopped(deployer, claim, row);
}

/** Keeps the last two parts of a log. */
async function cutLog(file: string): Promise<void> {
  if ((await sizeOf(file)) <= mostLogBytes) return;
  await copyFile(file, `${file}.1`);
  await truncate(file);
}

async function crashed(
  { db, settings }: Deployer,
  claim: WorkClaim,
  row: DeploymentRow,
  service: string,
): Promise<void> {
  const { id, tenantId, projectId } = claim;
  await stopProcesses(settings.folder, id);
  await withTenant(db, tenantId, async (tx) => {
    await finishWork(tx, claim);
    const actor = await actorOf(tx, claim, { deploymentId: id });
    await recordEvent(tx, actor, projectId, {
      type: "deployment-failed",
      deploymentId: id,
      generationId: row.generationId,
      modelVersion: row.modelVersion,
      driver: row.driver,
      errorCode: "crashed",
      error: `The service ${service} ended ${mostRestarts + 1} times in a row; its log says why.`,
      service,
    });
  });
}

async function stopped({ db }: Deployer, claim: WorkClaim, row: DeploymentRow): Promise<void> {
  const { id, tenantId, projectId } = claim;
  await withTenant(db, tenantId, async (tx) => {
    await finishWork(tx, claim);
    const newer = await tx.$count(
      workQueue,
      and(eq(workQueue.projectId, projectId), eq(workQueue.kind, "running")),
    );
    const actor = await actorOf(tx, claim, { deploymentId: id });
    await recordEvent(tx, actor, projectId, {
      type: "deployment-stopped",
      deploymentId: id,
      reason: newer > 0 ? "replaced" : "requested",
      stoppedBy: row.requestedBy,
    });
  });
}
