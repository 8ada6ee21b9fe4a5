import { serviceConfig } from "../emit/service-files.js";
import { hasDatabase } from "../model/has-database.js";
import type { ProjectModel, ServiceModel } from "../model/schema.js";
import type { DockerConfig, ServiceConfig } from "../templates/workspace/scripts/docker/service-config.js";

/** Postgres keeps no more letters of a name. */
const LONGEST_NAME = 63;
/** Longer than the edge takes to notice that a service is not ready: it asks every 5 seconds. */
const DRAIN_MS = "6000";
/** Where the model sets no limit for callers. */
const EDGE_REQUESTS_PER_MINUTE = 6_000;

/** What `docker/services.config.ts` of a project holds. */
export function dockerConfig(project: ProjectModel): DockerConfig {
  const services = project.services.map((service) => serviceOf(project, service));
  const brokers = new Set(services.flatMap(({ broker }) => broker ?? []));
  return {
    project: {
      name: project.name,
      infrastructure: [
        ...(services.some(({ database }) => database !== undefined) ? (["postgres"] as const) : []),
        ...brokers,
        ...(services.some(({ redis }) => redis) ? (["redis"] as const) : []),
      ],
      ...(isLocal(project.domain) ? {} : { certificateResolver: "letsencrypt" }),
    },
    services,
  };
}

/** Nobody signs certificates for names that only this machine or network knows. */
function isLocal(domain: string): boolean {
  return !domain.includes(".") || /\.(localhost|local|internal|test|lan)$/.test(domain);
}

function serviceOf(project: ProjectModel, service: ServiceModel): ServiceConfig {
  const { name, port, runtime, replicas, memoryMb, visibility, websocketPath, limits } = service;
  const config = serviceConfig(project, service);
  const takes = (variable: string) => config.some((entry) => entry.name === variable);
  const calls = service.dependsOn.map((callee) => callee.service);
  const derived = new Set([
    ...["PORT", "DATABASE_URL", "KAFKA_BROKERS", "RABBITMQ_URL", "REDIS_URL", "DRAIN_MS"],
    ...calls.map((callee) => `${callee.toUpperCase().replaceAll("-", "_")}_URL`),
  ]);
  const given = config.filter(
    ({ name, default: otherwise }) => !derived.has(name) && (otherwise === undefined || name === "LOG_LEVEL"),
  );
  return {
    serviceName: name,
    dockerServiceName: name,
    routerName: `${project.name}-${name}`,
    visibility,
    host: service.host ?? `${name}.${project.domain}`,
    port,
    websocket: websocketPath !== undefined,
    ...(websocketPath === undefined ? {} : { websocketPath }),
    healthCheckPath: "/ready",
    hiddenPaths: ["/metrics", "/ready"],
    requestsPerMinute: limits.requestsPerMinute ?? EDGE_REQUESTS_PER_MINUTE,
    replicas,
    memoryMb,
    image: `\${REGISTRY:-}${project.name}/${name}:\${TAG:-latest}`,
    build: { context: ".", dockerfile: `services/${name}/Dockerfile` },
    runtime,
    ...(hasDatabase(service) ? { database: databaseName(service) } : {}),
    ...(calls.length > 0 ? { calls } : {}),
    ...(takes("KAFKA_BROKERS") || takes("RABBITMQ_URL") ? { broker: project.broker } : {}),
    ...(takes("REDIS_URL") ? { redis: true } : {}),
    environment: {
      DRAIN_MS,
      ...Object.fromEntries(
        given.map(({ name, optional, default: otherwise }) => [
          name,
          optional || otherwise !== undefined ? null : `\${${name}:?set it in .env}`,
        ]),
      ),
      ...Object.fromEntries(
        config.flatMap(({ name, deployed }) => (deployed === undefined ? [] : [[name, deployed]])),
      ),
    },
  };
}

/** Name of a service's database: as the model says, else from the name of the service. */
export function databaseName({ name, port, database: given }: ServiceModel): string {
  if (given !== undefined) return given;
  const database = `${name.replaceAll("-", "_")}_db`;
  return database.length <= LONGEST_NAME ? database : `${database.slice(0, LONGEST_NAME - 6)}_${port}`;
}
