import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { AppModel } from "../../model/app-model.js";
import { resolveConfig } from "./resolve-config.js";
import { readSettings } from "./settings.js";

const place = { file: "a.ts", line: 1, column: 1 };

function model(parts: Partial<AppModel> = {}): AppModel {
  return {
    version: 1,
    services: [{ name: "a", dir: "a" }],
    endpoints: [],
    gateways: [],
    topics: [],
    subscriptions: [],
    databases: [],
    buckets: [],
    caches: [],
    cronJobs: [],
    secrets: [],
    metrics: [],
    types: {},
    app: { id: "", workerPooling: false, experiments: [] },
    calls: [],
    ...parts,
  };
}

function resolve(options: {
  infra?: unknown;
  env?: Record<string, string>;
  model?: Partial<AppModel>;
  mode?: "development" | "production" | "test";
  files?: Record<string, string>;
}) {
  const appDir = mkdtempSync(join(tmpdir(), "axion-resolve-"));
  onTestFinished(() => rmSync(appDir, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(options.files ?? {})) writeFileSync(join(appDir, name), text);
  let configFile: string | undefined;
  if (options.infra !== undefined)
    writeFileSync((configFile = join(appDir, "infra.json")), JSON.stringify(options.infra));
  return resolveConfig({
    appDir,
    model: model(options.model),
    modelFile: join(appDir, "model.json"),
    settings: readSettings({ configFile, env: options.env ?? {} }),
    hosted: { services: ["a"], gateway: true },
    http: { host: "127.0.0.1", port: 4000 },
    ...(options.mode ? { mode: options.mode } : {}),
  });
}

const main = { name: "main", place, users: ["a"] };
const topic = {
  name: "t",
  place,
  message: { kind: "object", fields: [] },
  deliveryGuarantee: "at-least-once",
  publishers: [],
} as const;

describe("databases", () => {
  it("are made by the host where nothing is configured, with one for the queue when something is published", () => {
    const { databases } = resolve({
      model: {
        databases: [main],
        topics: [{ ...topic, message: { kind: "object", fields: [] }, publishers: [] }],
      },
    });
    expect(databases.managed.map(({ name }) => name)).toEqual(["main", "axion-pubsub"]);
    expect(databases.nameOnServer("main")).toBe("main");
  });

  it("of apps that share a server have names of their own", () => {
    const env = { AXION_POSTGRES_URL: "postgresql://u:p@h/postgres" };
    const { databases } = resolve({
      env,
      model: { databases: [main], app: { id: "shop", workerPooling: false, experiments: [] } },
    });
    expect(databases.nameOnServer("main")).toBe("main-shop-run");
  });

  it("come from the configuration, with TLS as Encore reads it", () => {
    const server = (more: object) => ({
      host: "db:5433",
      databases: { main: { name: "prod", username: "app", password: "p@ss", ...more } },
    });
    const plain = resolve({ infra: { sql_servers: [server({})] }, model: { databases: [main] } });
    expect(plain.config.databases.main).toEqual({
      connectionString: "postgresql://app:p%40ss@db:5433/prod",
      maxConnections: 100,
      tls: "prefer",
    });
    expect(plain.databases.managed).toEqual([]);

    const secure = resolve({
      infra: {
        sql_servers: [
          {
            ...server({ max_connections: 7, migrations: { username: "owner", password: "o" } }),
            tls_config: { ca: "PEM" },
          },
        ],
      },
      model: { databases: [main] },
    });
    expect(secure.config.databases.main).toEqual({
      connectionString: "postgresql://app:p%40ss@db:5433/prod?sslmode=verify-full",
      maxConnections: 7,
      tls: { ca: "PEM", verify: true, verifyHost: true },
    });
    expect(secure.databases.migrations.main?.connectionString).toContain("owner:o@");
  });

  it("that the configuration leaves out are named, with the queue it lacks", () => {
    const infra = { sql_servers: [{ host: "db", databases: {} }] };
    const attempt = () =>
      resolve({
        infra,
        model: {
          databases: [main],
          topics: [{ ...topic, message: { kind: "object", fields: [] }, publishers: [] }],
        },
      });
    expect(attempt).toThrow('sql_servers: the database "main" is missing');
    expect(attempt).toThrow("pubsub: missing");
  });
});

describe("secrets", () => {
  const secrets = ["FromFile", "FromEnv", "FromCue", "Unset"].map((name) => ({ name, service: "a", place }));

  it("come from the configuration, the environment or the local file, in this order, or stay unset", () => {
    const { config } = resolve({
      infra: { metadata: { env_type: "development" }, secrets: { FromFile: "1" } },
      env: { FromFile: "x", FromEnv: "2" },
      files: { ".secrets.local.cue": 'FromEnv: "x"\nFromCue: "3"\n' },
      model: { secrets },
    });
    expect(config.secrets).toEqual({ FromFile: "1", FromEnv: "2", FromCue: "3" });
  });

  it("may lie in one variable as JSON, whose content no message shows", () => {
    const infra = { metadata: { env_type: "development" }, secrets: { $env: "ALL" } };
    expect(resolve({ infra, env: { ALL: '{"FromFile":"1"}' }, model: { secrets } }).config.secrets).toEqual({
      FromFile: "1",
    });
    expect(() => resolve({ infra, env: { ALL: "{hidden" }, model: { secrets } })).toThrow(
      /ALL is not a JSON object of texts(?!.*hidden)/s,
    );
  });

  it("that are not set are warned of in production", () => {
    const { warnings } = resolve({ infra: {}, model: { secrets: [{ name: "Unset", service: "a", place }] } });
    expect(warnings).toEqual(["the secret Unset of a is not set"]);
  });
});

describe("the rest", () => {
  it("has its defaults without any configuration", () => {
    const { config } = resolve({
      model: {
        buckets: [{ name: "files", place, public: false, versioned: false, users: [] }],
        caches: [{ name: "c", place, evictionPolicy: "allkeys-lru" }],
      },
    });
    expect(config).toMatchObject({
      mode: "development",
      meta: { envName: "local", envType: "development", cloud: "local", apiBaseUrl: "http://localhost:4000" },
      caches: { c: { provider: "memory" } },
      workerThreads: 1,
    });
    expect(config.objects.files).toMatchObject({
      provider: "folder",
      publicBaseUrl: "http://localhost:4000/__axion/objects",
    });
    expect(statSync(join(config.appDir, ".axion", "key")).mode & 0o077).toBe(0);
  });

  it("follows the configuration", () => {
    const { config } = resolve({
      infra: {
        metadata: {
          app_id: "shop",
          env_name: "eu",
          env_type: "production",
          cloud: "aws",
          base_url: "https://api.example.com/",
        },
        graceful_shutdown: { total: 30, handlers: 5 },
        auth: [{ type: "key", id: 1, key: "k1" }],
        service_discovery: { a: { base_url: "http://a:8080/", auth: [{ type: "key", id: 2, key: "k2" }] } },
        redis: {
          c: {
            host: "redis:6380",
            database_index: 3,
            auth: { type: "acl", username: "u", password: "p:w" },
            key_prefix: "x:",
            tls_config: {},
          },
        },
        pubsub: [{ type: "kafka", brokers: ["k:9092"] }],
        object_storage: [
          { type: "s3", region: "eu", buckets: { files: { name: "real", key_prefix: "p/" } } },
        ],
        cors: { allow_origins_with_credentials: ["https://app.example.com"] },
        log_config: "debug",
        worker_threads: 3,
      },
      model: {
        buckets: [{ name: "files", place, public: false, versioned: false, users: [] }],
        caches: [{ name: "c", place, evictionPolicy: "allkeys-lru" }],
      },
    });
    expect(config).toMatchObject({
      mode: "production",
      authKeys: [{ id: 1, key: "k1" }],
      discovery: { a: { baseUrl: "http://a:8080", authKey: "k2" } },
      caches: { c: { provider: "redis", url: "rediss://u:p%3Aw@redis:6380/3", keyPrefix: "x:" } },
      pubsub: {
        provider: "kafka",
        brokers: ["k:9092"],
        clientId: "axion",
        partitions: 12,
        replicas: -1,
        maxConcurrentHandlers: 10,
      },
      objects: { files: { provider: "s3", bucket: "real", region: "eu", keyPrefix: "p/" } },
      cors: { allowOriginsWithCredentials: ["https://app.example.com"] },
      meta: { appId: "shop", envName: "eu", cloud: "aws", apiBaseUrl: "https://api.example.com" },
      logs: { level: "debug" },
      shutdown: { totalMs: 30_000, handlersMs: 5000 },
      workerThreads: 3,
    });
  });

  it("reaches Redis without encryption only where that is said", () => {
    const url = (redis: object) => {
      const caches = [{ name: "c", place, evictionPolicy: "allkeys-lru" }];
      const { config } = resolve({
        infra: { redis: { c: { host: "r:6379", ...redis } } },
        model: { caches },
      });
      return config.caches.c?.provider === "redis" ? config.caches.c.url : undefined;
    };
    expect(url({})).toBe("rediss://r:6379/0");
    expect(url({ tls_config: { disabled: true } })).toBe("redis://r:6379/0");
    expect(url({ in_memory: true })).toBeUndefined();
  });

  it("exports traces where OpenTelemetry's variables say", () => {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://otel:4318/",
      OTEL_EXPORTER_OTLP_HEADERS: "a=b%20c,d=e",
      OTEL_TRACES_SAMPLER_ARG: "0.5",
    };
    expect(resolve({ env }).config.tracing).toEqual({
      otlpEndpoint: "http://otel:4318/v1/traces",
      headers: { a: "b c", d: "e" },
      sampleRate: 0.5,
    });
    expect(() => resolve({ env: { AXION_LOG: "loud" } })).toThrow('log level "loud"');
  });
});
