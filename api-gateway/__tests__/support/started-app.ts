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

/** The application in a process of its own. */
export interface Instance {
  url: string;
  /** Asks it to end, and waits. */
  stop(): Promise<void>;
  /** Ends it at once, as a crash would (SIGKILL). */
  kill(): Promise<void>;
}

/** The whole application with databases that nobody has used. */
export interface StartedApp extends Instance {
  appDir: string;
  /** The end of what it wrote. */
  log(): string;
  /** Another process of it on the same databases. */
  startAnother(): Promise<Instance>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/** Starts a copy of the application as `npm start` does; resolves once it answers. */
export async function startApp(env: NodeJS.ProcessEnv = {}): Promise<StartedApp> {
  const appDir = await mkdtemp(path.join(tmpdir(), "axion-door-"));
  await copyApp(root, ".", appDir);
  const remove = () => rm(appDir, { recursive: true, force: true });
  try {
    const { log, ...first } = await startInstance(appDir, env);
    return {
      ...first,
      appDir,
      log,
      startAnother: () => startInstance(appDir, env),
      async stop() {
        await first.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function startInstance(
  appDir: string,
  env: NodeJS.ProcessEnv,
): Promise<Instance & { log: () => string }> {
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
  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + readyWithinMs;
  while (!(await answers(url))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await end(child, "SIGTERM");
      throw new Error(`the application did not start:\n${printed}`);
    }
    await wait(50);
  }
  return { url, log: () => printed, stop: () => end(child, "SIGTERM"), kill: () => end(child, "SIGKILL") };
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

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
  await ended;
  clearTimeout(timer);
}
