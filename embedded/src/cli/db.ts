import { connectionUri, ensurePostgres } from "../providers/postgres/index.js";
import { findAppRoot } from "./app-root.js";
import type { CommandInput } from "./command.js";
import { readSettings, resolveConfig } from "./config/index.js";
import { selectHosted } from "./hosted.js";
import { nearest } from "./nearest.js";
import { loadValidApp } from "./prepare-app.js";
import { UserError, usageError } from "./user-error.js";

/** `axion db conn-uri NAME`: how a tool such as psql connects to a database of the app that runs. */
export async function db({ options, positionals }: CommandInput): Promise<void> {
  const [action, name] = positionals;
  if (action !== "conn-uri" || name === undefined)
    throw usageError("axion db needs to know what to print", "Usage: axion db conn-uri NAME");
  const role = options.string("role") ?? "app";
  if (role !== "app" && role !== "owner") throw usageError(`--role is app or owner, not "${role}"`);
  const appDir = findAppRoot(options.string("app"));
  const { model, modelFile } = await loadValidApp(appDir);
  const known = model.databases.map((database) => database.name);
  if (!known.includes(name)) {
    const close = nearest(name, known);
    throw usageError(
      `the app has no database "${name}"`,
      close ? `Did you mean "${close}"?` : `It has: ${known.join(", ") || "none"}`,
    );
  }
  const settings = readSettings({ configFile: options.string("config"), env: process.env });
  const hosted = selectHosted(model, settings.hosted);
  const { databases } = resolveConfig({
    appDir,
    model,
    modelFile,
    settings,
    hosted,
    http: { host: "127.0.0.1", port: 0 },
  });
  const configured = role === "app" ? databases.configured[name] : databases.migrations[name];
  const uri =
    configured?.connectionString ??
    connectionUri(databases.adminUrl ?? (await runningServer(appDir)), databases.nameOnServer(name), role);
  process.stdout.write(`${uri}\n`);
}

/** The address of the embedded server, which the running app keeps up. */
async function runningServer(appDir: string): Promise<string> {
  const server = await ensurePostgres({ appDir, log: (line) => process.stderr.write(`${line}\n`) });
  await server.release();
  if (server.booted)
    throw new UserError("the Postgres of this app runs only while the app does", {
      fix: "Start it first: axion start",
    });
  return server.adminUrl;
}
