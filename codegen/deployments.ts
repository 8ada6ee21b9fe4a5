import { api } from "encore.dev/api";
import { requireIdentity } from "../shared/tenancy/identity.js";
import { db } from "./db.js";
import * as deploying from "./domain/deployments.js";
import { deploymentFolder, writeEnvironment } from "./domain/local/folders.js";
import * as reading from "./domain/local/read-deployment.js";
import type {
  ArchiveContent,
  Deployment,
  DeploymentLog,
  DeploymentMetrics,
  DeploymentPathRequest,
  ListDeploymentsRequest,
  ListDeploymentsResponse,
  ReadBundleRequest,
  ReadDeploymentLogRequest,
  ReadDeploymentMetricsRequest,
  StartDeploymentRequest,
} from "./types.js";
import { host, settings, worker } from "./worker.js";

const world: deploying.DeploymentWorld = {
  db,
  host,
  localEnabled: settings.enabled,
  keepEnvironment: (owner, environment) =>
    writeEnvironment(deploymentFolder(settings.folder, owner), environment),
};

/** Queues a deployment of a project's newest generation, or of another one. */
export const startDeployment = api(
  { method: "POST", path: "/projects/:projectId/deployments", expose: false, auth: true },
  async (request: StartDeploymentRequest): Promise<Deployment> => {
    const deployment = await deploying.startDeployment(world, requireIdentity(), request);
    worker.wake();
    return deployment;
  },
);

/** The tenant's deployments, newest first. */
export const listDeployments = api(
  { method: "GET", path: "/deployments", expose: false, auth: true },
  async (request: ListDeploymentsRequest): Promise<ListDeploymentsResponse> =>
    deploying.listDeployments(db, requireIdentity().tenantId, request),
);

/** A deployment with its services. */
export const getDeployment = api(
  { method: "GET", path: "/deployments/:deploymentId", expose: false, auth: true },
  async ({ deploymentId }: DeploymentPathRequest): Promise<Deployment> =>
    deploying.getDeployment(db, requireIdentity().tenantId, deploymentId),
);

/** Stops a deployment's services, or the deployment where it is under way. */
export const stopDeployment = api(
  { method: "POST", path: "/deployments/:deploymentId/stop", expose: false, auth: true },
  async ({ deploymentId }: DeploymentPathRequest): Promise<Deployment> =>
    deploying.stopDeployment(db, requireIdentity(), deploymentId),
);

/** Starts a deployment's services again. */
export const restartDeployment = api(
  { method: "POST", path: "/deployments/:deploymentId/restart", expose: false, auth: true },
  async ({ deploymentId }: DeploymentPathRequest): Promise<Deployment> => {
    const deployment = await deploying.restartDeployment(world, requireIdentity(), deploymentId);
    worker.wake();
    return deployment;
  },
);

/** What a service of a deployment wrote last, or a step of it. */
export const readDeploymentLog = api(
  { method: "GET", path: "/deployments/:deploymentId/logs/:source", expose: false, auth: true },
  async (request: ReadDeploymentLogRequest): Promise<DeploymentLog> =>
    reading.readLog(db, settings, requireIdentity().tenantId, request),
);

/** What a service of a deployment tells of itself. */
export const readDeploymentMetrics = api(
  { method: "GET", path: "/deployments/:deploymentId/metrics/:service", expose: false, auth: true },
  async (request: ReadDeploymentMetricsRequest): Promise<DeploymentMetrics> =>
    reading.readMetrics(db, settings, requireIdentity().tenantId, request),
);

/** A part of a bundle, for the download. */
export const readDeploymentBundle = api(
  { method: "GET", path: "/deployments/:deploymentId/archive", expose: false, auth: true },
  async (request: ReadBundleRequest): Promise<ArchiveContent> =>
    reading.readBundle(db, requireIdentity().tenantId, request),
);
