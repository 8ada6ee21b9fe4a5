import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { writeEncoreGen } from "../generate/encore-gen.js";
import { dropAbandoned } from "../providers/postgres/index.js";
import { findAppRoot, requirePackages } from "./app-root.js";
import type { CommandInput } from "./command.js";
import { hostDir, runtimeLibrary } from "./host-files.js";
import { loadValidApp } from "./prepare-app.js";
import { reportFailure } from "./report-failure.js";
import { removeAbandonedRunFiles, writeRunFile } from "./run-files.js";
import { prepareTestHost, type TestHost } from "./testing/test-host.js";
import { UserError } from "./user-error.js";

const SWEEP_INTERVAL_MS = 2000;
/** Words that tell vitest itself what to do; anything else is an argument of `vitest run`. */
const VITEST_COMMANDS = new Set(["run", "watch", "dev", "related", "bench", "list"]);

/** `axion test`: vitest, with the app's resources for whoever imports them. */
export async function test({ options, positionals }: CommandInput): Promise<void> {
  const appDir = findAppRoot(options.string("app"));
  requirePackages(appDir);
  const vitest = findVitest(appDir);
  const args = VITEST_COMMANDS.has(positionals[0] ?? "") ? positionals : ["run", ...positionals];
  if (hasOtherHost()) {
    process.exitCode = await run(vitest, args, appDir, process.env);
    return;
  }
  const app = await loadValidApp(appDir);
  writeEncoreGen(appDir, app.model);
  const host = await prepareTestHost(app, options.string("infra"), say);
  const planFile = writeRunFile(appDir, `test-${process.pid}`, host.plan);
  const stopSweeping = sweep(host);
  try {
    process.exitCode = await run(vitest, args, appDir, testEnvironment(planFile));
  } finally {
    await stopSweeping();
    removeAbandonedRunFiles(path.dirname(planFile));
    await host.release();
  }
}

/** Whether the tests already have a host, as under `encore test`. */
function hasOtherHost(): boolean {
  const library = process.env.ENCORE_RUNTIME_LIB;
  return library !== undefined && library !== "" && library !== runtimeLibrary();
}

function findVitest(appDir: string): string {
  const appRequire = createRequire(path.join(appDir, "package.json"));
  try {
    return path.join(path.dirname(appRequire.resolve("vitest/package.json")), "vitest.mjs");
  } catch (cause) {
    const hasTests = existsSync(path.join(appDir, "node_modules"));
    throw new UserError("vitest is not installed in the app", {
      fix: hasTests ? "Run: npm install --save-dev vitest" : "Run: npm install",
      cause,
    });
  }
}

/** The preloaded module sets up each test worker, whatever the app's vitest configuration is. */
function testEnvironment(planFile: string): NodeJS.ProcessEnv {
  const preload = `--import ${JSON.stringify(pathToFileURL(path.join(hostDir(), "test-worker.mjs")).href)}`;
  return {
    ...process.env,
    NODE_ENV: "test",
    ENCORE_RUNTIME_LIB: runtimeLibrary(),
    AXION_TEST_PLAN: planFile,
    NODE_OPTIONS: [process.env.NODE_OPTIONS, preload].filter(Boolean).join(" "),
  };
}

async function run(vitest: string, args: string[], cwd: string, env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(process.execPath, [vitest, ...args], { cwd, env, stdio: "inherit" });
  // A terminal sends Ctrl-C to vitest as well, which then ends in its own way.
  const pass = (signal: NodeJS.Signals) => () => void (process.stdin.isTTY || child.kill(signal));
  process.on("SIGINT", pass("SIGINT"));
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
}

/** Drops the databases of finished test files while others run, so that they do not pile up. */
function sweep({ adminUrl }: TestHost): () => Promise<void> {
  if (adminUrl === undefined) return async () => {};
  let sweeping = Promise.resolve();
  const once = () => {
    sweeping = sweeping.then(() => dropAbandoned(adminUrl, say)).catch(reportFailure);
  };
  const timer = setInterval(once, SWEEP_INTERVAL_MS);
  return async () => {
    clearInterval(timer);
    once();
    await sweeping;
  };
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
