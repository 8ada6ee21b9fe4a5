import { ensurePostgres, hasPostgres, type PostgresServer } from "../providers/postgres/index.js";
import { findAppRoot, requirePackages } from "./app-root.js";
import { startBanner } from "./banner.js";
import type { CommandInput, Options } from "./command.js";
import { readSettings, resolveConfig } from "./config/index.js";
import { type HostedSelection, selectHosted } from "./hosted.js";
import { addressOf } from "./http-address.js";
import { buildApp, type LoadedApp, loadValidApp } from "./prepare-app.js";
import { provision } from "./provision.js";
import { runApp } from "./run-app.js";
import { sdkOf } from "./sdk.js";
import { Timing } from "./timing.js";
import { usageError } from "./user-error.js";

/** `axion start`: brings everything up and serves the app in this process. */
export async function start({ options }: CommandInput): Promise<void> {
  const timing = new Timing();
  const appDir = findAppRoot(options.string("app"));
  requirePackages(appDir);
  const settings = readSettings({ configFile: options.string("config"), env: process.env });
  const http = addressOf(options, settings.file !== undefined);
  // The server boots while the app is read.
  const starting =
    settings.embeddedPostgres && hasPostgres(appDir)
      ? timing.measure("start Postgres", () => ensurePostgres({ appDir, log: say }))
      : undefined;
  let server: Promise<PostgresServer | undefined> = Promise.resolve(starting);
  server.catch(() => {});
  const release = async (): Promise<void> => (await server.catch(() => undefined))?.release();
  try {
    const app = await timing.measure("read the app", () => loadValidApp(appDir));
    const hosted = selectHosted(app.model, { ...settings.hosted, ...hostedSelection(options) });
    const resolved = resolveConfig({
      appDir,
      model: app.model,
      modelFile: app.modelFile,
      settings,
      hosted,
      http,
    });
    const provisioning = timing.measure("databases", () =>
      provision({ resolved, model: app.model, starting, log: say }),
    );
    server = provisioning.then((provisioned) => provisioned.server);
    server.catch(() => {});
    const { bundleFile } = await buildApp(app, hosted, timing);
    const { config } = await provisioning;
    await runApp({
      config,
      bundleFile,
      timing,
      onReady(address) {
        process.stdout.write(`${startBanner(app.model, { ...config, http: address }, timing.elapsedMs())}\n`);
        sayWarnings(app, resolved.warnings);
        if (options.flag("timing") || process.env.AXION_TIMING) say(timing.report());
      },
      release,
    });
  } catch (error) {
    await release();
    throw error;
  }
}

function hostedSelection(options: Options): HostedSelection {
  const services = options.list("services");
  if (options.flag("gateway") && options.flag("no-gateway"))
    throw usageError("--gateway and --no-gateway exclude each other");
  return {
    ...(services ? { services } : {}),
    ...(options.flag("gateway") ? { gateway: true } : {}),
    ...(options.flag("no-gateway") ? { gateway: false } : {}),
  };
}

function sayWarnings(app: LoadedApp, configWarnings: string[]): void {
  for (const warning of configWarnings) say(`warning: ${warning}`);
  const { version, replacedBy } = sdkOf(app.appDir);
  if (replacedBy)
    say(
      `warning: the app has encore.dev ${version}; it runs on ${replacedBy}. To update: npm install encore.dev@${replacedBy}`,
    );
  const count = app.warnings.length;
  if (count > 0)
    say(
      `${count} warning${count === 1 ? "" : "s"} about the app: axion check shows ${count === 1 ? "it" : "them"}`,
    );
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
