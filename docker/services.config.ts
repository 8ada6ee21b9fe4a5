import type {
  DockerConfig,
  ServiceConfig,
} from "../codegen/generator/templates/workspace/scripts/docker/service-config.ts";

const PORT = 4000;

/** A variable that `.env` or the shell must have. */
const needed = (name: string): string => `\${${name}:?set it in .env}`;

/** All containers run the image of `axion build`, each of them one service. */
function service(serviceName: string, more: Partial<ServiceConfig> = {}): ServiceConfig {
  return {
    serviceName,
    dockerServiceName: serviceName,
    routerName: `axion-${serviceName}`,
    visibility: "internal",
    host: `${serviceName}.localhost`,
    port: PORT,
    websocket: false,
    healthCheckPath: "/__encore/healthz",
    hiddenPaths: ["/__axion/metrics", "/__encore"],
    requestsPerMinute: 6_000,
    replicas: 1,
    memoryMb: 512,
    image: `\${REGISTRY:-}axion:\${TAG:-latest}`,
    build: { context: "dist/axion", dockerfile: "Dockerfile" },
    command: ["node", "start.mjs", "--services", serviceName],
    needs: ["postgres", "kafka", "redis"],
    volumes: { files: "/app/app/.axion" },
    environment: {
      AXION_POSTGRES_URL: `postgres://postgres:${needed("POSTGRES_PASSWORD")}@postgres:5432/postgres`,
      AXION_SERVICE_KEY: needed("AXION_SERVICE_KEY"),
      AuthSecret: needed("AuthSecret"),
      PublicUrl: `\${PublicUrl:-https://axion.localhost}`,
      TrustedOrigins: null,
      SignInProviders: null,
      DataSourceKey: needed("DataSourceKey"),
      AuditSigningKey: needed("AuditSigningKey"),
      WebhookKey: needed("WebhookKey"),
      SmtpUrl: null,
      MailFrom: null,
      AXION_ALLOWED_NETWORKS: null,
      OTEL_EXPORTER_OTLP_ENDPOINT: null,
    },
    ...more,
  };
}

/**
 * What the containers and the edge need to know of Axion's services. docker-compose.yml, docker-stack.yml and the routes
 * follow from this: npm run docker:generate-labels:all
 */
export const dockerConfig: DockerConfig = {
  project: { name: "axion", infrastructure: ["postgres", "kafka", "redis"] },
  services: [
    service("api-gateway", { visibility: "public", host: "axion.localhost", websocket: true, replicas: 2 }),
    service("tenant-management"),
    service("user-management"),
    service("data-processing"),
    service("event-management"),
    service("codegen"),
  ],
};
