import { createHash } from "node:crypto";
import type { ProjectModel, ServiceModel } from "../../model/schema.js";
import type { ConfigEntry, FeatureOf } from "./feature.js";

/** Who may call: what the service needs to know to tell callers apart. */
export const auth: FeatureOf = (project, service) => ({ config: authConfig(project, service) });

function authConfig(project: ProjectModel, service: ServiceModel): ConfigEntry[] {
  const ways = waysIn(service);
  return [
    ...(knowsServices(project, service) ? [serviceToken] : []),
    ...(ways.has("jwt") ? jwtEntries : []),
    ...(ways.has("api-key") ? [apiKeys] : []),
  ];
}

/** How callers from outside the project may show who they are. An internal service has none. */
export function waysIn(service: ServiceModel): Set<ServiceModel["auth"]> {
  if (service.visibility === "internal") return new Set();
  return new Set([
    ...service.entities
      .filter(({ operations }) => operations.length > 0)
      .map((entity) => entity.auth ?? service.auth),
    ...service.operations.map((operation) => operation.auth ?? service.auth),
  ]);
}

/** Whether other services of the project call this one, or it calls them. */
export function knowsServices(project: ProjectModel, service: ServiceModel): boolean {
  return (
    service.dependsOn.length > 0 ||
    project.services.some(({ dependsOn }) => dependsOn.some((callee) => callee.service === service.name)) ||
    (service.visibility === "internal" && (service.entities.length > 0 || service.operations.length > 0))
  );
}

const secret = "v.pipe(v.string(), v.minLength(16), v.maxLength(4096))";

const serviceToken: ConfigEntry = {
  name: "SERVICE_TOKEN",
  schema: secret,
  development: "development-service-token",
  secret: true,
  description: "Token by which the services of the project know each other; the same for all of them.",
};

const jwtEntries: ConfigEntry[] = [
  {
    name: "JWT_SECRET",
    schema: "v.pipe(v.string(), v.minLength(32), v.maxLength(4096))",
    optional: true,
    development: "development-secret-of-32-letters-or-more",
    secret: true,
    description: "Key of tokens that are signed with HS256; this, JWT_PUBLIC_KEY or JWKS_URL is needed.",
  },
  {
    name: "JWT_PUBLIC_KEY",
    schema: 'v.pipe(v.string(), v.includes("PUBLIC KEY"), v.maxLength(16_384))',
    optional: true,
    description: "PEM of the public key of tokens that are signed with RS256 or ES256.",
  },
  {
    name: "JWKS_URL",
    schema: "address",
    optional: true,
    description: "Where the public keys of tokens are published.",
  },
  {
    name: "JWT_ISSUER",
    schema: "v.string()",
    optional: true,
    description: "Issuer that tokens must name; any where this is not set.",
  },
  {
    name: "JWT_AUDIENCE",
    schema: "v.string()",
    optional: true,
    description: "Audience that tokens must name; any where this is not set.",
  },
];

const apiKeys: ConfigEntry = {
  name: "API_KEYS",
  schema:
    'v.pipe(v.string(), v.regex(/^([\\w.-]+:[0-9a-f]{64})(,[\\w.-]+:[0-9a-f]{64})*$/, "name:hash,name:hash"))',
  development: `development:${createHash("sha256").update("development-key").digest("hex")}`,
  secret: true,
  description: "Names of callers with the SHA-256 hashes of their API keys in hex: name:hash,name:hash.",
};
