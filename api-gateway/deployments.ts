import { api } from "encore.dev/api";
import { codegen } from "~encore/clients";
import type {
  Deployment,
  DeploymentLog,
  DeploymentMetrics,
  DeploymentPathRequest,
  ListDeploymentsRequest,
  ListDeploymentsResponse,
  ReadDeploymentLogRequest,
  ReadDeploymentMetricsRequest,
  StartDeploymentRequest,
} from "../codegen/types.js";
import { sendArchive } from "./archive-download.js";

/**
 * Queues a deployment of a project's newest generation, or of another one: as processes of this machine where the
 * operator allows it (`local`), or as files for Compose and Swarm (`bundle`).
 */
export const startDeployment = api(
  { method: "POST", path: "/api/v1/projects/:projectId/deployments", expose: true, auth: true },
  async (request: StartDeploymentRequest): Promise<Deployment> => codegen.startDeployment(request),
);

/** The tenant's deployments, newest first. */
export const listDeployments = api(
  { method: "GET", path: "/api/v1/deployments", expose: true, auth: true },
  async (request: ListDeploymentsRequest): Promise<ListDeploymentsResponse> =>
    codegen.listDeployments(request),
);

/** A deployment with its services and where they answer. */
export const getDeployment = api(
  { method: "GET", path: "/api/v1/deployments/:deploymentId", expose: true, auth: true },
  async (request: DeploymentPathRequest): Promise<Deployment> => codegen.getDeployment(request),
);

/** Stops a deployment's services, or the deployment where it is under way. */
export const stopDeployment = api(
  { method: "POST", path: "/api/v1/deployments/:deploymentId/stop", expose: true, auth: true },
  async (request: DeploymentPathRequest): Promise<Deployment> => codegen.stopDeployment(request),
);

/** Starts a local deployment's services again, whether they run or not. */
export const restartDeployment = api(
  { method: "POST", path: "/api/v1/deployments/:deploymentId/restart", expose: true, auth: true },
  async (request: DeploymentPathRequest): Promise<Deployment> => codegen.restartDeployment(request),
);

/** What a service of a local deployment wrote last, or one of the steps `install`, `build` and `migrate`. */
export const readDeploymentLog = api(
  { method: "GET", path: "/api/v1/deployments/:deploymentId/logs/:source", expose: true, auth: true },
  async (request: ReadDeploymentLogRequest): Promise<DeploymentLog> => codegen.readDeploymentLog(request),
);

/** What a service of a local deployment tells of itself: its metrics, and the memory that it holds. */
export const readDeploymentMetrics = api(
  { method: "GET", path: "/api/v1/deployments/:deploymentId/metrics/:service", expose: true, auth: true },
  async (request: ReadDeploymentMetricsRequest): Promise<DeploymentMetrics> =>
    codegen.readDeploymentMetrics(request),
);

/** The files of a bundle as `.tar.gz`. */
export const downloadDeployment = api.raw(
  { method: "GET", path: "/api/v1/deployments/:deploymentId/archive", expose: true, auth: true },
  async (_request, response) => {
    await sendArchive(response, "deploymentId", (deploymentId, offset) =>
      codegen.readDeploymentBundle({ deploymentId, offset }),
    );
  },
);
