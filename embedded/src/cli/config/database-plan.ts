import { createHash } from "node:crypto";
import type { AppModel, Database } from "../../model/app-model.js";
import type { DatabaseConfig, TlsConfig } from "../../runtime/host-config.js";
import type { Settings } from "./settings.js";
import { DEFAULT_TLS, type TlsSettings, tlsConfig } from "./tls-config.js";

/** Encore's default for self-hosted databases. */
const DEFAULT_MAX_CONNECTIONS = 100;
/** Holds the queue, and who runs which cron job, where the host manages the server. */
const QUEUE: Database = { name: "axion-pubsub", users: [], place: { file: "", line: 0, column: 0 } };

/** Where each database of the app comes from. */
export interface DatabasePlan {
  /** Made by the host, roles included, on the embedded server or on that of `adminUrl`. */
  managed: Database[];
  adminUrl: string | undefined;
  /** Name on the server: apps that share one are kept apart. */
  nameOnServer: (database: string) => string;
  /** Given by the configuration: how the app connects. */
  configured: Record<string, DatabaseConfig>;
  /** How migrations of configured databases connect; absent where they are run elsewhere. */
  migrations: Record<string, DatabaseConfig>;
  /** Name of the managed database for the queue and cron jobs; absent when both are configured. */
  queue: string | undefined;
}

/** Decides for every database. `problems` collects what the configuration lacks. */
export function planDatabases(options: {
  model: AppModel;
  settings: Settings;
  hostedServices: string[];
  mode: "development" | "production" | "test";
  appDir: string;
  problems: string[];
}): DatabasePlan {
  const { model, settings, problems } = options;
  const { infra, adminUrl } = settings;
  const known = new Set(model.databases.map(({ name }) => name));
  const configured: Record<string, DatabaseConfig> = {};
  const migrations: Record<string, DatabaseConfig> = {};
  for (const [i, server] of (infra.sql_servers ?? []).entries()) {
    for (const [name, database] of Object.entries(server.databases)) {
      const at = `sql_servers[${i}].databases.${name}`;
      if (!known.has(name)) settings.warnings.push(`${at}: the app has no database of that name`);
      if (configured[name] !== undefined) problems.push(`${at}: the database is configured twice`);
      const { host, tls_config } = server;
      const tls = tlsOf(tls_config, database.client_cert);
      const maxConnections = database.max_connections || DEFAULT_MAX_CONNECTIONS;
      const as = (user: { username: string; password: string }): DatabaseConfig => ({
        connectionString: urlOf({ host, database: database.name ?? name, tls, ...user }),
        maxConnections,
        ...(tls === undefined ? {} : { tls }),
      });
      configured[name] = as(database);
      if (database.migrations !== false)
        migrations[name] = as(database.migrations === true ? database : database.migrations);
    }
  }

  const open = model.databases.filter(({ name }) => configured[name] === undefined);
  const managesServer = adminUrl !== undefined || (infra.sql_servers ?? []).length === 0;
  if (!managesServer) {
    for (const { name, users } of open) {
      if (users.length > 0 && !users.some((user) => options.hostedServices.includes(user))) continue;
      problems.push(`sql_servers: the database "${name}" is missing`);
    }
  }
  const hasQueue = infra.pubsub?.[0]?.type === "postgres";
  const cronHasNone = model.cronJobs.length > 0 && !hasQueue && infra.cron_database === undefined;
  const needsQueue = (infra.pubsub === undefined && model.topics.length > 0) || cronHasNone;
  if (needsQueue && !managesServer && infra.pubsub !== undefined) {
    settings.warnings.push(
      "cron_database: missing, and no server for the host to keep it on; cron jobs are not run",
    );
  } else if (needsQueue && !managesServer) {
    problems.push(
      'pubsub: missing, and no server for the host to keep the queue on; add [{"type": "postgres", "url": {"$env": "QUEUE_URL"}}] or Kafka',
    );
  }
  return {
    managed: managesServer ? [...open, ...(needsQueue ? [QUEUE] : [])] : [],
    adminUrl,
    nameOnServer:
      adminUrl === undefined ? (name) => name : sharedServerNames(model, options.mode, options.appDir),
    configured,
    migrations,
    queue: needsQueue && managesServer ? QUEUE.name : undefined,
  };
}

/** As Encore's command line names databases on a server that it does not own: with the app and `run` or `test`. */
function sharedServerNames(model: AppModel, mode: string, appDir: string): (name: string) => string {
  const app = model.app.id || createHash("sha256").update(appDir).digest("hex").slice(0, 8);
  return (name) => `${name}-${app}-${mode === "test" ? "test" : "run"}`;
}

function urlOf(parts: {
  host: string;
  database: string;
  username: string;
  password: string;
  tls: DatabaseConfig["tls"];
}): string {
  const url = new URL("postgresql://localhost/");
  url.host = parts.host;
  url.username = encodeURIComponent(parts.username);
  url.password = encodeURIComponent(parts.password);
  url.pathname = `/${encodeURIComponent(parts.database)}`;
  // For drivers of the app's own; the host's own driver goes by `tls`, certificates included.
  if (typeof parts.tls === "object")
    url.searchParams.set("sslmode", parts.tls.verify ? "verify-full" : "require");
  return url.href;
}

/** Without settings: encrypted where the server can, as Encore does it. */
function tlsOf(
  settings: TlsSettings | undefined,
  clientCert: { cert: string; key: string } | undefined,
): TlsConfig | "prefer" | undefined {
  if (settings === undefined && clientCert === undefined) return "prefer";
  return tlsConfig(settings ?? DEFAULT_TLS, clientCert);
}
