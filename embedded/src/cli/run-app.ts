import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import nodeModule from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { HostConfig } from "../runtime/host-config.js";
import { setHostHooks } from "../runtime/host-hooks.js";
import { runtimeLibrary } from "./host-files.js";
import { listenError } from "./listen-error.js";
import { reportFailure } from "./report-failure.js";
import type { Timing } from "./timing.js";

export interface RunRequest {
  config: HostConfig;
  bundleFile: string;
  timing: Timing;
  /** The server accepts requests. */
  onReady: (server: { host: string; port: number }) => void;
  /** Everything has drained; the process is about to exit. */
  release: () => Promise<void>;
}

/** Runs the app in this process. Resolves only when the app's entry point does, which is at its end. */
export async function runApp(request: RunRequest): Promise<void> {
  const { config, bundleFile, timing } = request;
  const configFile = writeHostConfig(config);
  process.once("exit", () => rmSync(configFile, { force: true }));
  setHostHooks({
    ready: request.onReady,
    stopped: request.release,
    async failed(error) {
      reportFailure(listenError(error, config.http));
      await request.release().catch(reportFailure);
      process.exit(1);
    },
  });
  process.env.AXION_HOST_CONFIG = configFile;
  process.env.ENCORE_RUNTIME_LIB = runtimeLibrary();
  process.env.NODE_ENV ??= config.mode;
  process.chdir(config.appDir);
  // Stack traces show the app's TypeScript; packages are left as they are, since reading their maps costs time.
  nodeModule.setSourceMapsSupport(true, { nodeModules: false, generatedCode: false });
  await timing.measure("import the app", () => import(pathToFileURL(bundleFile).href));
}

/** Writes the configuration where only this user reads it, and removes those of processes that are gone. */
function writeHostConfig(config: HostConfig): string {
  const dir = path.join(config.appDir, ".axion", "run");
  mkdirSync(dir, { recursive: true });
  for (const name of readdirSync(dir)) {
    const pid = Number(name.match(/^host-(\d+)\.json$/)?.[1]);
    if (pid && !isAlive(pid)) rmSync(path.join(dir, name), { force: true });
  }
  const file = path.join(dir, `host-${process.pid}.json`);
  rmSync(file, { force: true });
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
