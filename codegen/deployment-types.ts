/** `local`: processes on the machine of the platform. `bundle`: files for Compose or Swarm. */
export type DeploymentDriver = "local" | "bundle";

/**
 * `running`: its services answer. `completed`: a bundle is there to be downloaded. `rolled_back`: it failed, and the one
 * before serves on.
 */
export type DeploymentState =
  | "queued"
  | "deploying"
  | "running"
  | "completed"
  | "failed"
  | "rolled_back"
  | "stopped";

export type DeploymentStep = "unpack" | "install" | "build" | "databases" | "migrate" | "start";

/** A service of a deployment. */
export interface DeployedService {
  name: string;
  /** `ended`: its process ended by itself and is started again. */
  state: "healthy" | "ended" | "stopped";
  port: number;
  /** Where it answers, on the machine of the platform. */
  url: string;
}

export interface StartDeploymentRequest {
  projectId: string;
  driver: DeploymentDriver;
  /** What is deployed; the project's newest completed generation by default. */
  generationId?: string;
  /** Ports for services of a local deployment, by name, 1024 to 65535. Others get free ones. */
  ports?: Record<string, number>;
  /**
   * What services of a local deployment need of the world around them: `KAFKA_BROKERS`, `RABBITMQ_URL`, `REDIS_URL`,
   * `JWT_SECRET`, `JWT_PUBLIC_KEY`, `JWKS_URL`, `API_KEYS`, `OTEL_EXPORTER_OTLP_ENDPOINT`, `LOG_LEVEL`. Kept with the
   * deployment's files alone, and never shown.
   */
  environment?: Record<string, string>;
  /** A second request with the same key answers with the first one's deployment. At most 200 characters. */
  idempotencyKey?: string;
}

/** A generation that is brought to run. */
export interface Deployment {
  id: string;
  projectId: string;
  generationId: string;
  modelVersion: number;
  driver: DeploymentDriver;
  state: DeploymentState;
  /** What is being done, or was when it failed. */
  step?: DeploymentStep;
  services: DeployedService[];
  /** Why it failed: `port_taken`, `install_failed`, `build_failed`, `migration_failed`, `not_healthy`, `crashed`, `interrupted`, `cancelled`, … */
  errorCode?: string;
  error?: string;
  /** The deployment that serves on after this one failed. */
  rolledBackTo?: string;
  requestedBy: string;
  requestedAt: Date;
  startedAt?: Date;
  finishedAt?: Date;
}

export interface DeploymentPathRequest {
  deploymentId: string;
}

export interface ListDeploymentsRequest {
  /** Only those of this project. */
  projectId?: string;
  state?: DeploymentState;
  driver?: DeploymentDriver;
  /** `requestedAt`, with \`-\` before it for falling order; \`-requestedAt\` by default. */
  sort?: string;
  /** 1 to 200; 50 by default. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

export interface ListDeploymentsResponse {
  deployments: Deployment[];
  /** Absent on the last page. */
  nextCursor?: string;
}

export interface ReadDeploymentLogRequest {
  deploymentId: string;
  /** `install`, `build`, `migrate`, or a service by its name. */
  source: string;
  /** Last lines, 1 to 5,000; 200 by default. */
  lines?: number;
}

export interface DeploymentLog {
  source: string;
  /** Oldest first. */
  lines: string[];
}

export interface ReadDeploymentMetricsRequest {
  deploymentId: string;
  service: string;
}

export interface DeploymentMetrics {
  service: string;
  /** Metrics in the Prometheus text format, as the service tells them. */
  text: string;
  /** Memory that its process holds, where the machine tells it. */
  residentBytes?: number;
}

export interface ReadBundleRequest {
  deploymentId: string;
  /** Byte at which the part begins. */
  offset: number;
}
