import { createHash } from "node:crypto";
import { knownCallers } from "../../model/access.js";
import type { ConfigEntry, FeatureOf } from "./feature.js";

/** Who may call: tells callers apart where a route is not for everyone. */
export const auth: FeatureOf = (project, service) => {
  const known = knownCallers(project, service);
  const config = [
    ...(known.has("service") || service.dependsOn.length > 0 ? [serviceToken] : []),
    ...(known.has("user") ? jwtEntries : []),
    ...(known.has("api-key") ? [apiKeys] : []),
  ];
  if (known.size === 0) return { config };
  const view = {
    users: known.has("user"),
    apiKeys: known.has("api-key"),
    services: known.has("service"),
    hashes: known.has("api-key") || known.has("service"),
  };
  return {
    config,
    files: [
      { path: "src/auth.ts", template: "src/auth.ts", view },
      ...(view.users ? [{ path: "src/jwt.ts", template: "src/jwt.ts" }] : []),
    ],
    ...(view.users ? { packages: ["jose"] } : {}),
    ...(view.users ? { configRules: [oneKey] } : {}),
  };
};

const oneKey = {
  condition: "[env.JWT_SECRET, env.JWT_PUBLIC_KEY, env.JWKS_URL].filter(Boolean).length === 1",
  message: "exactly one of JWT_SECRET, JWT_PUBLIC_KEY and JWKS_URL is needed",
};

const serviceToken: ConfigEntry = {
  name: "SERVICE_TOKEN",
  schema: "v.pipe(v.string(), v.minLength(16), v.maxLength(4096))",
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
    description: "PEM of the public key of tokens that are signed with RS256, ES256 or EdDSA.",
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
    'v.pipe(v.string(), v.regex(/^[\\w.-]+:[0-9a-f]{64}(,[\\w.-]+:[0-9a-f]{64})*$/, "must be name:hash,name:hash"))',
  development: `development:${createHash("sha256").update("development-key").digest("hex")}`,
  secret: true,
  description: "Names of callers with the SHA-256 hashes of their API keys in hex: name:hash,name:hash.",
};
