import { ensurePostgres, prepareDatabases } from "../providers/postgres/index.js";
import type { HostConfig } from "../runtime/host-config.js";
import { findAppRoot, requirePackages } from "./app-root.js";
import { startBanner } from "./banner.js";
import type { CommandInput } from "./command.js";
import { selectHosted } from "./hosted.js";
import { buildApp, loadValidApp } from "./prepare-app.js";
import { runApp } from "./run-app.js";
import { Timing } from "./timing.js";

/** `axion start`: brings everything up and serves the app in this process. */
export async function start({ options }: CommandInput): Promise<void> {
  const timing = new Timing();
  const appDir = findAppRoot(options.string("app"));
  requirePackages(appDir);
  const starting = timing.measure("postgres", () => ensurePostgres({ appDir, log: (line) => process.stderr.write(`${line}\n`) }));
  const app = await timing.measure("model", () => loadValidApp(appDir));
  const hosted = selectHosted(app.model, { ...(options.list("services") ? { services: options.list("services")! } : {}) });
  const { bundleFile } = await buildApp(app, hosted, timing);
  const postgres = await starting;
  const databases = await timing.measure("databases", () =>
    prepareDatabases({
      appDir,
      databases: [...app.model.databases, { name: "axion-pubsub", users: [], place: { file: "", line: 0, column: 0 } }],
      adminUrl: postgres.adminUrl,
      log: (line) => process.stderr.write(`${line}\n`),
    }),
  );
  const port = Number(options.string("port") ?? process.env.PORT ?? 4000);
  const config: HostConfig = {
    appDir,
    modelFile: app.modelFile,
    mode: "development",
    http: { host: options.string("host") ?? "127.0.0.1", port },
    hosted,
    discovery: {},
    databases,
    pubsub: { provider: "postgres", connectionString: databases["axion-pubsub"]!.connectionString },
    objects: Object.fromEntries(app.model.buckets.map(({ name }) => [name, { provider: "folder" as const, dir: `${appDir}/.axion/objects/${name}`, publicBaseUrl: `http://localhost:${port}/__axion/objects`, signingKey: "dev" }])),
    caches: Object.fromEntries(app.model.caches.map(({ name }) => [name, { provider: "memory" as const }])),
    secrets: { Greeting: "hello" },
    cors: app.model.app.cors ?? {},
    meta: { appId: app.model.app.id, envName: "local", envType: "development", cloud: "local", apiBaseUrl: `http://localhost:${port}`, deployId: "", revision: "", uncommittedChanges: false },
    logs: { format: process.stdout.isTTY ? "text" : "json", level: "info" },
    metrics: { enabled: true },
    workerThreads: 1,
    shutdown: { totalMs: 10000, forceCloseMs: 5000, handlersMs: 5000 },
    cron: true,
  };
  await runApp({
    config,
    bundleFile,
    timing,
    onReady() {
      process.stdout.write(`${startBanner(app.model, config, timing.elapsedMs())}\n`);
      if (options.flag("timing") || process.env.AXION_TIMING) process.stderr.write(`${timing.report()}\n`);
    },
    release: () => postgres.release(),
  });
}
