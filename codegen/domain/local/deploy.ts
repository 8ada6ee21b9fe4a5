import { and, desc, eq, ne } from "drizzle-orm";
import log from "encore.dev/log";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import type { LocalSettings } from "../../deployment-settings.js";
import type { ProjectModel } from "../../generator/model/schema.js";
import { readArchiveFiles } from "../../result-files.js";
import { deployments, workQueue } from "../../schema.js";
import type { DeploymentStep } from "../../types.js";
import { writeBundle } from "../bundle/write-bundle.js";
import { isDiskFull } from "../disk-full.js";
import type { DeploymentRow, ProjectEventBody } from "../fold-events.js";
import { readStoredModel } from "../project-model.js";
import { findVersion } from "../project-versions.js";
import { actorOf, recordEvent } from "../record-event.js";
import { enqueueWork, finishWork, requireClaim, type WorkClaim, WorkLostError } from "../work/work-queue.js";
import { DeploymentFailure } from "./deployment-failure.js";
import { discardBuilds } from "./folders.js";
import { LocalServices } from "./local-services.js";
import { choosePorts } from "./ports.js";
import { stopProcesses } from "./processes.js";
import { recordProgress } from "./record-progress.js";

const mostAttempts = 3;

/** What deployments are done with. */
export interface Deployer {
  db: Db;
  settings: LocalSettings;
  host: string;
}

/** One run of a deployment. */
interface Run extends Deployer {
  claim: WorkClaim;
  row: DeploymentRow;
  model: ProjectModel;
  /** The project's deployment that runs so far. */
  previous: DeploymentRow | undefined;
  signal: AbortSignal;
  began: number;
}

/**
 * Brings a generation to run. Local services start beside those that run so far, which are stopped once the new ones are
 * healthy; where they need the same ports, the old ones are stopped before, and started again if the new ones fail. What
 * a run that died left behind is ended before the next one begins.
 */
export async function runDeployment(
  deployer: Deployer,
  claim: WorkClaim,
  signal: AbortSignal,
): Promise<void> {
  const { db, settings } = deployer;
  const { id, tenantId, projectId } = claim;
  const run: Run = { ...deployer, claim, signal, began: performance.now(), ...(await begin(db, claim)) };
  const { row } = run;
  const subject = { deploymentId: id, generationId: row.generationId, modelVersion: row.modelVersion };
  try {
    if (claim.attempts > mostAttempts) {
      throw new DeploymentFailure("interrupted", `It was interrupted ${mostAttempts} times.`);
    }
    const services = row.driver === "local" ? await deployLocally(run) : await bundle(run);
    await complete(run, {
      type: "deployment-completed",
      ...subject,
      driver: row.driver,
      services,
      durationMs: Math.round(performance.now() - run.began),
    });
  } catch (error) {
    if (signal.aborted && signal.reason !== "cancelled") throw new WorkLostError(claim);
    const failure = signal.aborted
      ? new DeploymentFailure("cancelled", "It was cancelled.")
      : failureOf(error);
    if (failure === undefined) throw error;
    await stopProcesses(settings.folder, id);
    log.info("deployment failed", { deploymentId: id, tenantId, projectId, code: failure.code });
    await fail(run, failure);
  }
}

async function begin(db: Db, claim: WorkClaim): Promise<Pick<Run, "row" | "model" | "previous">> {
  const { id, tenantId, projectId } = claim;
  return await withTenant(db, tenantId, async (tx) => {
    await requireClaim(tx, claim);
    const mine = and(eq(deployments.tenantId, tenantId), eq(deployments.id, id));
    const [row] = await tx.select().from(deployments).where(mine);
    if (row === undefined) throw new WorkLostError(claim);
    const { model } = await findVersion(tx, tenantId, { projectId, version: row.modelVersion });
    if (row.state === "queued") {
      await recordEvent(tx, await actorOf(tx, claim, { deploymentId: id }), projectId, {
        type: "deployment-started",
        deploymentId: id,
        generationId: row.generationId,
        modelVersion: row.modelVersion,
        driver: row.driver,
      });
    }
    const [previous] = await tx
      .select()
      .from(deployments)
      .where(
        and(
          eq(deployments.tenantId, tenantId),
          eq(deployments.projectId, projectId),
          eq(deployments.state, "running"),
          ne(deployments.id, id),
        ),
      )
      .orderBy(desc(deployments.finishedAt))
      .limit(1);
    return { row, model: readStoredModel(model), previous };
  });
}

async function deployLocally(run: Run): Promise<number> {
  const { settings, claim, row, model, previous, signal } = run;
  const { id, tenantId, projectId } = claim;
  if (!settings.enabled) {
    throw new DeploymentFailure("local_disabled", "The operator does not allow local deployments here.");
  }
  const services = new LocalServices(settings, { tenantId, projectId, deploymentId: id }, model);
  await stopProcesses(settings.folder, id);
  const names = model.services.map(({ name }) => name);
  const inTheWay = new Set(previous?.services.map(({ port }) => port));
  const others = Object.entries(row.ports).filter(([, port]) => !inTheWay.has(port));
  await choosePorts(names, Object.fromEntries(others));
  if (!(await services.isBuilt())) {
    await step(run, "unpack");
    const files = await readArchiveFiles({ tenantId, projectId, id: row.generationId });
    await services.unpack(files.values());
    await step(run, "install");
    await services.install(signal);
    await step(run, "build");
    await services.build(signal);
  }
  await step(run, "databases");
  const urls = await services.databases();
  await step(run, "migrate");
  await services.migrate(urls, signal);
  await step(run, "start");
  if (previous !== undefined && others.length < Object.keys(row.ports).length) {
    await recordProgress(run.db, run.claim, {
      type: "deployment-stop-requested",
      deploymentId: previous.id,
      requestedBy: row.requestedBy,
    });
    await stopPrevious(run, previous);
  }
  const ports = await choosePorts(names, row.ports);
  for (const service of model.services) await services.start(service, ports, urls.get(service.name));
  await Promise.all(
    names.map(async (name) => {
      const port = ports.get(name)!;
      await services.untilReady(name, port, signal);
      const url = `http://127.0.0.1:${port}`;
      await recordProgress(run.db, run.claim, {
        type: "service-healthy",
        deploymentId: id,
        service: name,
        port,
        url,
      });
    }),
  );
  return names.length;
}

async function bundle(run: Run): Promise<number> {
  const { claim, row, model } = run;
  const { id, tenantId, projectId } = claim;
  await step(run, "unpack");
  const files = await readArchiveFiles({ tenantId, projectId, id: row.generationId });
  await writeBundle({ tenantId, projectId, id }, model, files.values());
  return model.services.length;
}

/** Ends the deployment that runs so far, before its successor takes its ports. */
async function stopPrevious(run: Run, previous: DeploymentRow): Promise<void> {
  const { db, settings, claim } = run;
  await withTenant(db, claim.tenantId, async (tx) => {
    await requireClaim(tx, claim);
    await tx.delete(workQueue).where(and(eq(workQueue.id, previous.id), eq(workQueue.kind, "running")));
    await recordEvent(tx, await actorOf(tx, claim, { deploymentId: claim.id }), claim.projectId, {
      type: "deployment-stopped",
      deploymentId: previous.id,
      reason: "replaced",
      stoppedBy: run.row.requestedBy,
    });
  });
  await stopProcesses(settings.folder, previous.id);
}

async function step(run: Run, name: DeploymentStep): Promise<void> {
  run.signal.throwIfAborted();
  await recordProgress(run.db, run.claim, {
    type: "deployment-progressed",
    deploymentId: run.claim.id,
    step: name,
  });
}

/** The services run: from now on they are watched, and those of the deployment before are stopped. */
async function complete(run: Run, event: ProjectEventBody): Promise<void> {
  const { db, claim, row, host, settings, previous } = run;
  const { id, tenantId, projectId } = claim;
  // The one before stays as it was built: it is what a failure of the next one may go back to.
  if (row.driver === "local")
    await discardBuilds(settings.folder, claim, previous === undefined ? [id] : [id, previous.id]);
  await withTenant(db, tenantId, async (tx) => {
    const { cancelRequested } = await finishWork(tx, claim);
    await recordEvent(tx, await actorOf(tx, claim, { deploymentId: id }), projectId, event);
    if (row.driver !== "local") return;
    await enqueueWork(tx, { id, tenantId, projectId, kind: "running", host });
    // A stop that came too late to end the deployment ends what it has started.
    const ended = cancelRequested ? undefined : ne(workQueue.id, id);
    await tx
      .update(workQueue)
      .set({ cancelRequested: true })
      .where(and(eq(workQueue.projectId, projectId), eq(workQueue.kind, "running"), ended));
  });
}

/** Records why it failed, and has the deployment before serve on, which was stopped at most for its ports. */
async function fail(run: Run, failure: DeploymentFailure): Promise<void> {
  const { db, claim, row, previous, host } = run;
  const { id, tenantId, projectId } = claim;
  await withTenant(db, tenantId, async (tx) => {
    await finishWork(tx, claim);
    const actor = await actorOf(tx, claim, { deploymentId: id });
    if (failure.code === "cancelled") {
      await recordEvent(tx, actor, projectId, {
        type: "deployment-stopped",
        deploymentId: id,
        reason: "requested",
        stoppedBy: actor.userID,
      });
    } else {
      await recordEvent(tx, actor, projectId, {
        type: "deployment-failed",
        deploymentId: id,
        generationId: row.generationId,
        modelVersion: row.modelVersion,
        driver: row.driver,
        errorCode: failure.code,
        error: failure.message,
        ...(failure.service === undefined ? {} : { service: failure.service }),
      });
    }
    if (previous === undefined || row.driver !== "local") return;
    const [now] = await tx.select().from(deployments).where(eq(deployments.id, previous.id));
    if (now?.state === "stopped") {
      const restart = { deploymentId: previous.id, requestedBy: "system" };
      await recordEvent(tx, actor, projectId, { type: "deployment-restart-requested", ...restart });
      await enqueueWork(tx, { id: previous.id, tenantId, projectId, kind: "deployment", host });
    }
    if (failure.code === "cancelled") return;
    await recordEvent(tx, actor, projectId, {
      type: "deployment-rolled-back",
      deploymentId: id,
      restoredDeploymentId: previous.id,
    });
  });
}

function failureOf(error: unknown): DeploymentFailure | undefined {
  if (error instanceof DeploymentFailure) return error;
  return isDiskFull(error)
    ? new DeploymentFailure("disk_full", "The disk is full: files of the deployment could not be written.")
    : undefined;
}
