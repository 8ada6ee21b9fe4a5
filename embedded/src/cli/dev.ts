import { ensurePostgres, hasPostgres, type PostgresServer } from "../providers/postgres/index.js";
import { findAppRoot, requirePackages } from "./app-root.js";
import type { CommandInput } from "./command.js";
import { DevProcess } from "./dev-process.js";
import { watchSources } from "./dev-watch.js";
import { selectHosted } from "./hosted.js";
import { buildApp, loadValidApp } from "./prepare-app.js";
import { formatDiagnostics } from "./report-diagnostics.js";
import { reportFailure } from "./report-failure.js";
import { Timing } from "./timing.js";

/** Options that `axion start` takes, too. */
const PASSED_ON = ["port", "host", "config"];

/**
 * `axion dev`: runs the app in a process of its own and starts it anew when its
 * sources change. What does not compile is reported, and the version that runs stays up.
 */
export async function dev({ options }: CommandInput): Promise<void> {
  const appDir = findAppRoot(options.string("app"));
  requirePackages(appDir);
  const startArguments = PASSED_ON.flatMap((name) =>
    options.string(name) === undefined ? [] : [`--${name}`, options.string(name)!],
  );
  const app = new DevProcess(["--app", appDir, ...startArguments]);
  let postgres: PostgresServer | undefined;

  const rebuild = async (): Promise<void> => {
    try {
      const loaded = await loadValidApp(appDir);
      if (loaded.warnings.length > 0) say(formatDiagnostics(loaded.warnings, appDir));
      await buildApp(loaded, selectHosted(loaded.model, {}), new Timing());
    } catch (error) {
      reportFailure(error);
      if (app.isRunning) say("the version that runs is from before this change");
      return;
    }
    // Held from the first restart on, so that the server stays up between the versions.
    if (app.isRunning && hasPostgres(appDir)) postgres ??= await ensurePostgres({ appDir, log: say });
    await app.restart();
  };

  await rebuild();
  say("watching for changes");
  const watcher = watchSources(appDir, async (changed) => {
    say(`changed: ${changed.join(", ")}`);
    await rebuild();
  });
  await untilSignal();
  await watcher.close();
  await app.stop();
  await postgres?.release();
  process.exit(0);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.on("SIGINT", () => resolve());
    process.on("SIGTERM", () => resolve());
    process.on("SIGHUP", () => resolve());
  });
}
