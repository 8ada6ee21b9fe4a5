import { edgeArguments, edgeOptions } from "./edge-process.ts";
import type { DockerConfig, Infrastructure, ServiceConfig } from "./service-config.ts";

/** What reads the file: `docker compose`, or `docker stack deploy`. */
export type Target = "compose" | "swarm";

type Container = Record<string, unknown>;

const internal = ["internal"];
const startsAgain = (target: Target): Container =>
  target === "compose" ? { restart: "unless-stopped" } : {};

/** A variable that `.env` or the shell must have. */
const fromEnvironment = (name: string): string => `\${${name}:?set it in .env}`;

const healthCheck = (test: string[]): Container => ({
  test,
  interval: "5s",
  timeout: "3s",
  retries: 12,
  start_period: "30s",
});

/** The container of a service, without its labels. */
export function serviceContainer(config: DockerConfig, service: ServiceConfig, target: Target): Container {
  const { port, healthCheckPath, runtime, replicas, memoryMb, visibility } = service;
  const limits = { resources: { limits: { memory: `${memoryMb}M` } } };
  const step = { parallelism: 1, order: "start-first", monitor: "30s" };
  return {
    image: service.image,
    ...(target === "compose" ? { build: service.build } : {}),
    ...startsAgain(target),
    ...(service.command === undefined ? {} : { command: service.command }),
    environment: environmentOf(config, service),
    ...(target === "compose" ? dependencies(service) : {}),
    // Images without wget bring a check of their own.
    ...(runtime === undefined
      ? {}
      : {
          healthcheck: healthCheck([
            "CMD",
            "wget",
            "-q",
            "-O",
            "/dev/null",
            `http://127.0.0.1:${port}${healthCheckPath}`,
          ]),
        }),
    stop_grace_period: "30s",
    ...(service.volumes === undefined
      ? {}
      : { volumes: Object.entries(service.volumes).map((pair) => pair.join(":")) }),
    networks: visibility === "public" ? ["edge", "internal"] : internal,
    deploy:
      target === "compose"
        ? { replicas, ...limits }
        : {
            replicas,
            endpoint_mode: "vip",
            ...limits,
            update_config: { ...step, failure_action: "rollback" },
            rollback_config: { ...step, failure_action: "pause" },
            restart_policy: { condition: "any", delay: "2s" },
          },
  };
}

function environmentOf({ services }: DockerConfig, service: ServiceConfig): Record<string, string | null> {
  const { port, database, broker, redis, calls = [] } = service;
  const environment: Record<string, string | null> = { PORT: String(port) };
  if (database !== undefined)
    environment.DATABASE_URL = `postgres://${database}:${fromEnvironment("DATABASE_PASSWORD")}@postgres:5432/${database}`;
  if (broker === "kafka") environment.KAFKA_BROKERS = "kafka:9092";
  if (broker === "rabbitmq")
    environment.RABBITMQ_URL = `amqp://services:${fromEnvironment("RABBITMQ_PASSWORD")}@rabbitmq:5672`;
  if (redis) environment.REDIS_URL = "redis://redis:6379";
  for (const name of calls) {
    const called = services.find(({ serviceName }) => serviceName === name);
    if (called === undefined) throw new Error(`${service.serviceName} calls "${name}", which there is not.`);
    environment[urlVariable(name)] = `http://${called.dockerServiceName}:${called.port}`;
  }
  return { ...environment, ...service.environment };
}

/** Variable with the address of a service: `ORDER_ITEMS_URL`. */
export function urlVariable(serviceName: string): string {
  return `${serviceName.toUpperCase().replaceAll("-", "_")}_URL`;
}

function dependencies({ database, broker, redis, needs = [] }: ServiceConfig): Container {
  const needed: Container = {};
  if (database !== undefined) needed.databases = { condition: "service_completed_successfully" };
  if (broker !== undefined) needed[broker] = { condition: "service_healthy" };
  if (redis) needed.redis = { condition: "service_healthy" };
  for (const name of needs) needed[name] = { condition: "service_healthy" };
  return Object.keys(needed).length === 0 ? {} : { depends_on: needed };
}

/** Traefik, and what services keep their data in and speak through: inside only, no port of theirs is published. */
export function infrastructure(config: DockerConfig, target: Target): Record<string, Container> {
  const { project, services } = config;
  const has = (name: Infrastructure): boolean => project.infrastructure.includes(name);
  const databases = services.flatMap(({ database }) => database ?? []);
  const image = "postgres:18-alpine";
  return {
    traefik: traefik(config, target),
    ...(has("postgres")
      ? {
          postgres: {
            image,
            ...startsAgain(target),
            environment: { POSTGRES_PASSWORD: fromEnvironment("POSTGRES_PASSWORD") },
            healthcheck: healthCheck(["CMD", "pg_isready", "-U", "postgres", "-h", "127.0.0.1"]),
            volumes: ["postgres:/var/lib/postgresql"],
            networks: internal,
          },
        }
      : {}),
    ...(databases.length > 0
      ? {
          databases: {
            image,
            command: ["sh", "/create-databases.sh", ...databases],
            environment: {
              PGHOST: "postgres",
              PGUSER: "postgres",
              PGPASSWORD: fromEnvironment("POSTGRES_PASSWORD"),
              DATABASE_PASSWORD: fromEnvironment("DATABASE_PASSWORD"),
            },
            volumes: ["./docker/create-databases.sh:/create-databases.sh:ro"],
            ...(target === "compose"
              ? { depends_on: { postgres: { condition: "service_healthy" } } }
              : { deploy: { restart_policy: { condition: "on-failure", delay: "2s" } } }),
            networks: internal,
          },
        }
      : {}),
    ...(has("kafka")
      ? {
          kafka: {
            image: "apache/kafka:4.1.0",
            ...startsAgain(target),
            environment: {
              KAFKA_NODE_ID: "1",
              KAFKA_PROCESS_ROLES: "broker,controller",
              KAFKA_LISTENERS: "PLAINTEXT://:9092,CONTROLLER://:9093",
              KAFKA_ADVERTISED_LISTENERS: "PLAINTEXT://kafka:9092",
              KAFKA_CONTROLLER_LISTENER_NAMES: "CONTROLLER",
              KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
              KAFKA_CONTROLLER_QUORUM_VOTERS: "1@localhost:9093",
              KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: "1",
              KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: "1",
              KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: "1",
              KAFKA_LOG_DIRS: "/var/lib/kafka/data",
              KAFKA_HEAP_OPTS: "-Xmx512m",
            },
            healthcheck: healthCheck([
              "CMD",
              "/opt/kafka/bin/kafka-broker-api-versions.sh",
              "--bootstrap-server",
              "localhost:9092",
            ]),
            volumes: ["kafka:/var/lib/kafka/data"],
            networks: internal,
          },
        }
      : {}),
    ...(has("rabbitmq")
      ? {
          rabbitmq: {
            image: "rabbitmq:4.1-alpine",
            // The name of the node is in its data.
            hostname: "rabbitmq",
            ...startsAgain(target),
            environment: {
              RABBITMQ_DEFAULT_USER: "services",
              RABBITMQ_DEFAULT_PASS: fromEnvironment("RABBITMQ_PASSWORD"),
            },
            healthcheck: healthCheck(["CMD", "rabbitmq-diagnostics", "-q", "ping"]),
            volumes: ["rabbitmq:/var/lib/rabbitmq"],
            networks: internal,
          },
        }
      : {}),
    ...(has("redis")
      ? {
          redis: {
            image: "redis:7.4-alpine",
            ...startsAgain(target),
            command: [
              "redis-server",
              "--save",
              "",
              "--maxmemory",
              "128mb",
              "--maxmemory-policy",
              "allkeys-lru",
            ],
            healthcheck: healthCheck(["CMD", "redis-cli", "ping"]),
            networks: internal,
          },
        }
      : {}),
  };
}

function traefik(config: DockerConfig, target: Target): Container {
  return {
    image: "traefik:v3.6.12",
    ...startsAgain(target),
    // Paths of certificates are the same in the container as beside the project: from its folder.
    working_dir: "/",
    command: edgeArguments(edgeOptions(config, target === "compose" ? "docker" : "swarm")),
    ports: ["80:80", "443:443"],
    healthcheck: healthCheck(["CMD", "traefik", "healthcheck", "--ping"]),
    volumes: [
      "/var/run/docker.sock:/var/run/docker.sock:ro",
      "./traefik:/traefik:ro",
      ...(config.project.certificateResolver === undefined ? [] : ["acme:/acme"]),
    ],
    networks: ["edge"],
    ...(target === "compose" ? {} : { deploy: { placement: { constraints: ["node.role == manager"] } } }),
  };
}

/** Volumes that the containers above use. */
export function volumes({ project, services }: DockerConfig): Record<string, object> {
  const names: string[] = project.infrastructure.filter((name) => name !== "redis");
  for (const service of services) names.push(...Object.keys(service.volumes ?? {}));
  if (project.certificateResolver !== undefined) names.push("acme");
  return Object.fromEntries(names.map((name) => [name, {}]));
}
