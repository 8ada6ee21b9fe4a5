import type { Envelope } from "./envelope.js";

/** A project was begun, with the first version of its model. */
export interface ProjectCreated {
  type: "project-created";
  name: string;
  /** Version of the project's model. */
  modelVersion: number;
  createdBy: string;
}

/** A project was changed: its name, its description, or its model, which then has a new version. */
export interface ProjectUpdated {
  type: "project-updated";
  name: string;
  /** Version of the project's model. */
  modelVersion: number;
  /** What of the version before no longer holds for callers and consumers. */
  breakingChanges: number;
  updatedBy: string;
}

/** A project was put away: it is kept, and nothing is done with it. */
export interface ProjectArchived {
  type: "project-archived";
  name: string;
  archivedBy: string;
}

/** A project that was put away is worked on again. */
export interface ProjectRestored {
  type: "project-restored";
  name: string;
  restoredBy: string;
}

/** A project was removed, with its versions, results and deployments. */
export interface ProjectDeleted {
  type: "project-deleted";
  name: string;
  deletedBy: string;
}

/** The services of a project are to be generated. */
export interface GenerationRequested {
  type: "generation-requested";
  generationId: string;
  modelVersion: number;
  requestedBy: string;
}

/** A generation began. */
export interface GenerationStarted {
  type: "generation-started";
  generationId: string;
  modelVersion: number;
  /** How many services are generated. */
  services: number;
  /** The generation whose migrations it goes on from; absent for the first. */
  previousGenerationId?: string;
}

/** A generation's files are there to be read and downloaded. */
export interface GenerationCompleted {
  type: "generation-completed";
  generationId: string;
  modelVersion: number;
  files: number;
  /** Of all files together. */
  bytes: number;
  archiveBytes: number;
  /** SHA-256 of the archive, hexadecimal. */
  archiveSha256: string;
  durationMs: number;
}

/** A generation came to nothing. What was generated before stays. */
export interface GenerationFailed {
  type: "generation-failed";
  generationId: string;
  modelVersion: number;
  errorCode: string;
  error: string;
}

/** A generation was cancelled. */
export interface GenerationCancelled {
  type: "generation-cancelled";
  generationId: string;
  modelVersion: number;
  cancelledBy: string;
}

/** The files of a generation were removed, for their age. */
export interface GenerationExpired {
  type: "generation-expired";
  generationId: string;
  modelVersion: number;
}

/** A project is to be deployed. */
export interface DeploymentRequested {
  type: "deployment-requested";
  deploymentId: string;
  generationId: string;
  modelVersion: number;
  /** `local`: processes on the machine of the platform. `bundle`: files for Compose or Swarm. */
  driver: string;
  /** Ports that were asked for, by service. */
  ports: Record<string, number>;
  requestedBy: string;
}

/** A deployment is to be done again, or its services are to be started again. */
export interface DeploymentRestartRequested {
  type: "deployment-restart-requested";
  deploymentId: string;
  requestedBy: string;
}

/** A deployment's services are to be stopped. */
export interface DeploymentStopRequested {
  type: "deployment-stop-requested";
  deploymentId: string;
  requestedBy: string;
}

/** A deployment began. */
export interface DeploymentStarted {
  type: "deployment-started";
  deploymentId: string;
  generationId: string;
  modelVersion: number;
  driver: string;
}

/** A deployment has come to its next step. */
export interface DeploymentProgressed {
  type: "deployment-progressed";
  deploymentId: string;
  /** `unpack`, `install`, `build`, `databases`, `migrate`, `start`. */
  step: string;
}

/** A service of a deployment answers that it is ready. */
export interface ServiceHealthy {
  type: "service-healthy";
  deploymentId: string;
  service: string;
  port: number;
  url: string;
}

/** A service of a running deployment ended by itself; it is started again. */
export interface ServiceEnded {
  type: "service-ended";
  deploymentId: string;
  service: string;
  /** How often this was tried in a row. */
  restarts: number;
}

/** A deployment is done: its services run, or its files are there to be downloaded. */
export interface DeploymentCompleted {
  type: "deployment-completed";
  deploymentId: string;
  generationId: string;
  modelVersion: number;
  driver: string;
  services: number;
  durationMs: number;
}

/** A deployment came to nothing, or its services ended and do not start again. */
export interface DeploymentFailed {
  type: "deployment-failed";
  deploymentId: string;
  generationId: string;
  modelVersion: number;
  driver: string;
  /** What was being done. */
  step?: string;
  errorCode: string;
  error: string;
  /** The service that is to blame, where it is one. */
  service?: string;
}

/** The deployment before a failed one serves on. */
export interface DeploymentRolledBack {
  type: "deployment-rolled-back";
  /** The one that failed. */
  deploymentId: string;
  /** The one that serves. */
  restoredDeploymentId: string;
}

/** A deployment's services were stopped. */
export interface DeploymentStopped {
  type: "deployment-stopped";
  deploymentId: string;
  /** `requested`, or `replaced` by a newer deployment. */
  reason: string;
  stoppedBy: string;
}

/** Topic `project-events`; `projectId` is in the envelope. */
export interface ProjectEvent extends Envelope {
  event:
    | ProjectCreated
    | ProjectUpdated
    | ProjectArchived
    | ProjectRestored
    | ProjectDeleted
    | GenerationRequested
    | GenerationStarted
    | GenerationCompleted
    | GenerationFailed
    | GenerationCancelled
    | GenerationExpired
    | DeploymentRequested
    | DeploymentRestartRequested
    | DeploymentStopRequested
    | DeploymentStarted
    | DeploymentProgressed
    | ServiceHealthy
    | ServiceEnded
    | DeploymentCompleted
    | DeploymentFailed
    | DeploymentRolledBack
    | DeploymentStopped;
}
