import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { AppModel } from "../../model/app-model.js";
import { SetupError } from "../../providers/setup-error.js";
import { parseCommandLine } from "../arguments.js";
import { startBanner } from "../banner.js";
import type { CommandSpec } from "../command.js";
import { readSettings, resolveConfig } from "../config/index.js";
import { commandHelp } from "../help.js";
import { selectHosted } from "../hosted.js";
import { addressOf } from "../http-address.js";
import { provision } from "../provision.js";
import { reportFailure } from "../report-failure.js";
import { runApp } from "../run-app.js";
import { Timing } from "../timing.js";
import type { Manifest } from "./manifest.js";

const COMMAND: CommandSpec = {
  name: "start",
  invocation: "node start.mjs",
  summary: "run the app from its production folder",
  usage: "[--config FILE] [--port N] [--services a,b]",
  details:
    "Without --config the file that INFRA_CONFIG_PATH names is used, or infra-config.json beside start.mjs.",
  options: {
    config: {
      type: "string",
      value: "FILE",
      help: "infra config: databases, brokers, buckets … of this environment",
    },
    port: { type: "string", value: "N", help: "port to listen on (default: PORT, or 4000)" },
    host: { type: "string", value: "ADDR", help: "address to listen on (default: all)" },
    services: { type: "string", value: "a,b", help: "run only these services in this process" },
  },
};

/** Runs the app in a production folder; `start.mjs` there calls it. */
export async function startBuilt(folder: string, argv: string[]): Promise<void> {
  if (argv.includes("--help") || argv.includes("-h")) {
    process.stdout.write(`${commandHelp(COMMAND)}\n`);
    return;
  }
  try {
    await serve(folder, argv);
  } catch (error) {
    reportFailure(error);
    process.exit();
  }
}

async function serve(folder: string, argv: string[]): Promise<void> {
  const timing = new Timing();
  const { options } = parseCommandLine(COMMAND, argv);
  const appDir = path.join(folder, "app");
  const modelFile = path.join(appDir, "model.json");
  const model = JSON.parse(readFileSync(modelFile, "utf8")) as AppModel;
  const manifest = JSON.parse(readFileSync(path.join(appDir, "manifest.json"), "utf8")) as Manifest;
  const settings = readSettings({
    configFile: options.string("config") ?? defaultConfig(folder),
    env: process.env,
  });
  if (settings.embeddedPostgres && model.databases.length > 0) {
    throw new SetupError("no database server is configured", {
      fix: "Name the servers in an infra config (sql_servers), or one to administer in AXION_POSTGRES_URL",
    });
  }
  const services = options.list("services");
  const hosted = selectHosted(model, {
    ...manifest.hosted,
    ...settings.hosted,
    ...(services ? { services } : {}),
  });
  const http = addressOf(options, true);
  const mode = settings.infra.metadata?.env_type === "development" ? "development" : "production";
  const resolved = resolveConfig({ appDir, model, modelFile, settings, hosted, http, mode });
  requireSecrets(model, hosted.services, resolved.config.secrets);
  const { config } = await timing.measure("databases", () =>
    provision({ resolved, model, starting: undefined, log: say }),
  );
  await runApp({
    config: { ...config, meta: { ...config.meta, revision: config.meta.revision || manifest.revision } },
    bundleFile: path.join(appDir, "main.mjs"),
    timing,
    onReady(address) {
      process.stdout.write(`${startBanner(model, { ...config, http: address }, timing.elapsedMs())}\n`);
      for (const warning of resolved.warnings) say(`warning: ${warning}`);
    },
    release: async () => {},
  });
}

function defaultConfig(folder: string): string | undefined {
  if (process.env.INFRA_CONFIG_PATH) return process.env.INFRA_CONFIG_PATH;
  const file = path.join(folder, "infra-config.json");
  return existsSync(file) ? file : undefined;
}

/** A service that finds its secret missing at the first request is worse than one that does not start. */
function requireSecrets(model: AppModel, hosted: string[], values: Record<string, string>): void {
  const missing = model.secrets.filter(({ name, service }) => hosted.includes(service) && !(name in values));
  if (missing.length === 0) return;
  const names = [...new Set(missing.map(({ name }) => name))];
  throw new SetupError(`${names.length === 1 ? "a secret is" : "secrets are"} not set: ${names.join(", ")}`, {
    fix: 'Set environment variables of these names, or map them under "secrets" in the infra config',
  });
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
