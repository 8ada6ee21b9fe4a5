/**
 * What a running process of the host needs to know, decided once by the CLI
 * and read by the runtime library, by its worker threads and by test workers.
 * The CLI writes it as JSON (mode 0600) and names the file in `AXION_HOST_CONFIG`.
 */
export interface HostConfig {
  /** Absolute path of the app's root. */
  appDir: string;
  /** Absolute path of the application model (JSON of `AppModel`). */
  modelFile: string;
  mode: "development" | "production" | "test";
  http: { host: string; port: number };
  /** Services this process hosts, and whether it is the gateway. */
  hosted: { services: string[]; gateway: boolean };
  /** Services elsewhere: name → address, and the key that signs calls to them. */
  discovery: Record<string, { baseUrl: string; authKey?: string }>;
  /** Keys that calls between processes are signed and checked with; the highest id signs. */
  authKeys?: { id: number; key: string }[];
  databases: Record<string, DatabaseConfig>;
  pubsub: PubSubConfig;
  objects: Record<string, ObjectsConfig>;
  caches: Record<string, CacheConfig>;
  /** Secret name → value; a name absent here is not set. */
  secrets: Record<string, string>;
  cors: {
    debug?: boolean;
    allowHeaders?: string[];
    exposeHeaders?: string[];
    allowOriginsWithoutCredentials?: string[];
    allowOriginsWithCredentials?: string[];
  };
  meta: {
    appId: string;
    envName: string;
    envType: "production" | "development" | "ephemeral" | "test";
    cloud: "aws" | "gcp" | "azure" | "encore" | "local";
    apiBaseUrl: string;
    deployId: string;
    revision: string;
    uncommittedChanges: boolean;
  };
  logs: { format: "text" | "json"; level: "trace" | "debug" | "info" | "warn" | "error" };
  /** Absent: spans are not exported; ids still travel. `headers` go with each export. */
  tracing?: { otlpEndpoint: string; headers?: Record<string, string>; sampleRate: number };
  metrics: { enabled: boolean };
  /** 1 without worker pooling. */
  workerThreads: number;
  /** Milliseconds. */
  shutdown: { totalMs: number; forceCloseMs: number; handlersMs: number };
  /** Cron jobs run in this process (leader election through Postgres keeps one runner per job). */
  cron: boolean;
  /** Database that the processes agree in on who runs which tick; absent: that of the queue. */
  cronDatabase?: string;
}

export interface DatabaseConfig {
  /** How the app connects: a plain role, `postgresql://…`. */
  connectionString: string;
  maxConnections: number;
  /** `prefer`: encrypted where the server can. Absent: as the connection string says (`sslmode`), else unencrypted. */
  tls?: TlsConfig | "prefer";
}

/** Certificates as PEM text. */
export interface TlsConfig {
  ca?: string;
  cert?: string;
  key?: string;
  /** False: any certificate is accepted. */
  verify: boolean;
  /** False: the certificate may be for another host name. */
  verifyHost: boolean;
}

export type PubSubConfig = { provider: "postgres"; connectionString: string } | KafkaConfig;

export interface KafkaConfig {
  provider: "kafka";
  /** `host:port` of some of the brokers. */
  brokers: string[];
  /** Name under which the brokers log this app. */
  clientId: string;
  /** Partitions of a topic that the host makes; topics that have fewer get more. */
  partitions: number;
  /** Copies of a topic that the host makes; -1: as the brokers have it by default. */
  replicas: number;
  /** Handlers running at once in a process, over all subscriptions. */
  maxConcurrentHandlers: number;
  /** Put before the names of topics and groups: apps, or test files, beside each other on one cluster. */
  prefix?: string;
  tls?: TlsConfig;
  sasl?: { mechanism: "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512"; username: string; password: string };
}

export type ObjectsConfig =
  | { provider: "folder"; dir: string; publicBaseUrl: string; signingKey: string }
  | {
      provider: "s3";
      bucket: string;
      region: string;
      endpoint?: string;
      keyPrefix?: string;
      accessKeyId?: string;
      secretAccessKey?: string;
      publicBaseUrl?: string;
    };

export type CacheConfig =
  | { provider: "memory" }
  | { provider: "redis"; url: string; keyPrefix?: string; tls?: TlsConfig };
