import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { copyApp } from "../../../bench/lib/copy-app.js";
import { freePort } from "../../../bench/lib/process.js";

const root = path.resolve(import.meta.dirname, "../../..");
const readyWithinMs = 90_000;

/** The whole application in a process of its own, with databases that nobody has used. */
export interface StartedApp {
  url: string;
  appDir: string;
  /** The end of what it wrote. */
  log(): string;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/** Starts a copy of the application as `npm start` does; resolves once it answers. */
export async function startApp(env: NodeJS.ProcessEnv = {}): Promise<StartedApp> {
  const appDir = await mkdtemp(path.join(tmpdir(), "axion-door-"));
  await copyApp(root, ".", appDir);
  const port = await freePort();
  const launcher = path.join(root, "embedded/bin/axion.mjs");
  const child = spawn(process.execPath, [launcher, "start", "--app", appDir, "--port", String(port)], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      NODE_ENV: undefined,
      AXION_HOST_CONFIG: undefined,
      ENCORE_RUNTIME_LIB: undefined,
      AXION_LOG: "warn",
      ...env,
    },
  });
  let printed = "";
  const keep = (chunk: Buffer): void => {
    printed = (printed + chunk.toString()).slice(-50_000);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const app: StartedApp = {
    url: `http://127.0.0.1:${port}`,
    appDir,
    log: () => printed,
    async stop() {
      await end(child);
      await rm(appDir, { recursive: true, force: true });
    },
  };
  const deadline = Date.now() + readyWithinMs;
  while (!(await answers(app.url))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await app.stop();
      throw new Error(`the application did not start:\n${printed}`);
    }
    await wait(50);
  }
  return app;
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/api/v1/health`, { signal: AbortSignal.timeout(2000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
  await ended;
  clearTimeout(timer);
}
