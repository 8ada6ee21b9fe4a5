import { randomBytes } from "node:crypto";
import { availableParallelism } from "node:os";
import type { AppModel } from "../../model/app-model.js";
import { SetupError } from "../../providers/setup-error.js";
import type { HostConfig, PubSubConfig } from "../../runtime/host-config.js";
import { type DatabasePlan, planDatabases } from "./database-plan.js";
import { logSettings, tracingSettings } from "./observability.js";
import { cacheConfigs, objectConfigs } from "./resource-configs.js";
import { checkedOutRevision } from "./revision.js";
import { secretValues } from "./secret-values.js";
import type { Settings } from "./settings.js";
import { tlsConfig } from "./tls-config.js";

export interface ResolveOptions {
  appDir: string;
  model: AppModel;
  modelFile: string;
  settings: Settings;
  /** From `selectHosted`, with `settings.hosted` in it. */
  hosted: HostConfig["hosted"];
  http: HostConfig["http"];
  /** Absent: as `metadata.env_type` says, else development without a configuration file and production with one. */
  mode?: HostConfig["mode"];
}

export interface ResolvedConfig {
  /** Without the managed databases, which `provisionDatabases` adds. */
  config: HostConfig;
  databases: DatabasePlan;
  warnings: string[];
}

/** Puts together what a process needs to know. Throws a `SetupError` that lists everything the configuration lacks. */
export function resolveConfig(options: ResolveOptions): ResolvedConfig {
  const { appDir, model, settings, hosted, http } = options;
  const { infra } = settings;
  const problems: string[] = [];
  const mode = options.mode ?? defaultMode(settings);
  const baseUrl = (infra.metadata?.base_url ?? `http://${urlHost(http.host)}:${http.port}`).replace(
    /\/+$/,
    "",
  );
  const databases = planDatabases({
    model,
    settings,
    hostedServices: hosted.services,
    mode,
    appDir,
    problems,
  });
  const authKeys = infra.auth?.map(({ id, key }) => ({ id, key }));
  const config: HostConfig = {
    appDir,
    modelFile: options.modelFile,
    mode,
    http,
    hosted,
    discovery: discovery(settings, model, problems),
    ...(authKeys === undefined ? {} : { authKeys }),
    databases: { ...databases.configured },
    pubsub: pubsub(settings, problems),
    objects: objectConfigs({ appDir, model, settings, baseUrl }),
    caches: cacheConfigs(model, settings),
    secrets: secretValues({ appDir, model, settings, problems }),
    cors: cors(settings, model),
    meta: meta(options, mode, baseUrl),
    logs: logSettings(settings, problems),
    tracing: tracingSettings(settings, problems),
    metrics: { enabled: true },
    workerThreads: workerThreads(settings, model, mode),
    shutdown: shutdown(settings),
    cron: true,
    ...(infra.cron_database === undefined ? {} : { cronDatabase: infra.cron_database }),
  };
  if (problems.length > 0) {
    throw new SetupError(
      [`the configuration${settings.file ? ` (${settings.file})` : ""} is incomplete:`, ...problems].join(
        "\n  - ",
      ),
    );
  }
  const unset =
    mode === "production"
      ? model.secrets.filter(
          ({ name, service }) => !(name in config.secrets) && hosted.services.includes(service),
        )
      : [];
  const warnings = [
    ...settings.warnings,
    ...unset.map(({ name, service }) => `the secret ${name} of ${service} is not set`),
  ];
  return { config, databases, warnings };
}

function defaultMode(settings: Settings): HostConfig["mode"] {
  const type = settings.infra.metadata?.env_type;
  if (type === undefined) return settings.file === undefined ? "development" : "production";
  return type === "ephemeral" ? "production" : type;
}

function urlHost(host: string): string {
  if (host === "0.0.0.0" || host === "::" || host === "127.0.0.1") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}

function discovery(settings: Settings, model: AppModel, problems: string[]): HostConfig["discovery"] {
  const found: HostConfig["discovery"] = {};
  for (const [name, location] of Object.entries(settings.infra.service_discovery ?? {})) {
    if (!model.services.some((service) => service.name === name))
      problems.push(`service_discovery.${name}: the app has no service of that name`);
    const newest = location.auth?.toSorted((a, b) => b.id - a.id)[0];
    found[name] = {
      baseUrl: location.base_url.replace(/\/+$/, ""),
      ...(newest === undefined ? {} : { authKey: newest.key }),
    };
  }
  return found;
}

/** The queue's connection string is empty until the host has made its database. */
function pubsub(settings: Settings, problems: string[]): PubSubConfig {
  const broker = settings.infra.pubsub?.[0];
  if (broker?.type === "kafka") {
    const { brokers, partitions, replicas = -1, sasl } = broker;
    const tls = broker.tls_config && tlsConfig(broker.tls_config);
    return {
      provider: "kafka",
      brokers,
      clientId: "axion",
      partitions,
      replicas,
      maxConcurrentHandlers: maxConcurrentHandlers(settings, problems),
      ...(tls === undefined ? {} : { tls }),
      ...(sasl === undefined ? {} : { sasl }),
    };
  }
  return { provider: "postgres", connectionString: broker?.type === "postgres" ? broker.url : "" };
}

/** `KAFKA_MAX_CONCURRENT_HANDLERS`; 10 by default. */
function maxConcurrentHandlers({ env }: Settings, problems: string[]): number {
  const given = env.KAFKA_MAX_CONCURRENT_HANDLERS ?? "10";
  const count = Number(given);
  if (!Number.isInteger(count) || count < 1)
    problems.push(`KAFKA_MAX_CONCURRENT_HANDLERS "${given}" is not a whole number of at least 1`);
  return count;
}

function cors(settings: Settings, model: AppModel): HostConfig["cors"] {
  const given = settings.infra.cors;
  if (given === undefined) return model.app.cors ?? {};
  return {
    debug: given.debug,
    allowHeaders: given.allow_headers,
    exposeHeaders: given.expose_headers,
    allowOriginsWithoutCredentials: given.allow_origins_without_credentials,
    allowOriginsWithCredentials: given.allow_origins_with_credentials,
  };
}

function meta(options: ResolveOptions, mode: HostConfig["mode"], baseUrl: string): HostConfig["meta"] {
  const given = options.settings.infra.metadata ?? {};
  return {
    appId: given.app_id ?? options.model.app.id,
    envName: given.env_name ?? (mode === "development" ? "local" : mode),
    envType: given.env_type ?? mode,
    cloud: given.cloud ?? "local",
    apiBaseUrl: baseUrl,
    deployId: `deploy_${randomBytes(8).toString("hex")}`,
    revision: checkedOutRevision(options.appDir),
    uncommittedChanges: false,
  };
}

/** 0 stands for as many as there are processors. */
function workerThreads(settings: Settings, model: AppModel, mode: HostConfig["mode"]): number {
  const wanted = settings.infra.worker_threads ?? (model.app.workerPooling && mode !== "test" ? 0 : 1);
  return wanted === 0 ? availableParallelism() : wanted;
}

/** Encore's format has seconds. `handlers` is how long before the end requests are cut off; `shutdown_hooks` when the rest is. */
function shutdown(settings: Settings): HostConfig["shutdown"] {
  const { total = 10, shutdown_hooks: hooks = 1, handlers = 2 } = settings.infra.graceful_shutdown ?? {};
  return { totalMs: total * 1000, forceCloseMs: hooks * 1000, handlersMs: handlers * 1000 };
}
