export type Infrastructure = "postgres" | "kafka" | "rabbitmq" | "redis";

/** What the whole project has, besides its services. */
export interface ProjectConfig {
  /** Name of the compose project and of the stack; its networks are `NAME-edge` and `NAME-internal`. */
  name: string;
  /** What services keep their data in and speak through. None of it is reachable from outside. */
  infrastructure: Infrastructure[];
  /** Who signs the certificates of the edge; without it they are those in `traefik/certificates`. */
  certificateResolver?: "letsencrypt";
}

/** A service, as the containers and the edge need it. */
export interface ServiceConfig {
  serviceName: string;
  /** Name in the compose file and in the stack: also the name by which other services reach it. */
  dockerServiceName: string;
  /** Name of the routers, middlewares and balancer at the edge. */
  routerName: string;
  /** An internal service has no router. */
  visibility: "public" | "internal";
  /** Requests for this host go to the service; unused while it is internal. */
  host: string;
  port: number;
  /** The service answers WebSockets, at `websocketPath` or wherever it likes. */
  websocket: boolean;
  websocketPath?: string;
  /** Answers 2xx while the service may get requests: asked by the edge before it sends any. */
  healthCheckPath: string;
  /** Paths that are not for callers outside, with all below them. */
  hiddenPaths: string[];
  /** Requests that one address may make at the edge. */
  requestsPerMinute: number;
  replicas: number;
  memoryMb: number;
  image: string;
  build: { context: string; dockerfile: string };
  /** In place of what the image runs. */
  command?: string[];
  runtime?: "node" | "bun";
  /** Its own database, with a role of the same name. */
  database?: string;
  /** Services that it calls. */
  calls?: string[];
  broker?: "kafka" | "rabbitmq";
  redis?: boolean;
  /** Infrastructure that it needs besides, and that it is told of by `environment`. */
  needs?: Infrastructure[];
  /** Volumes by name, with where they are in the container. */
  volumes?: Record<string, string>;
  /** More variables; `${NAME}` is taken from `.env` or the shell, and null passes on the variable if it is set there. */
  environment?: Record<string, string | null>;
  /** Middlewares of the edge that are declared elsewhere, e.g. `my-auth@file`. */
  middlewares?: string[];
  /** Where it answers on a machine without Docker; `http://127.0.0.1:PORT` by default. */
  addresses?: string[];
}

/** What `docker/services.config.ts` holds. */
export interface DockerConfig {
  project: ProjectConfig;
  services: ServiceConfig[];
}
