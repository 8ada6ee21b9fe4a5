import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { freePort } from "../../src/providers/postgres/postmaster.js";

const suite = join(import.meta.dirname, "..", "conformance");
const launcher = join(import.meta.dirname, "..", "..", "bin", "axion.mjs");
const packages = join(createRequire(import.meta.url).resolve("encore.dev"), "..", "..", "..");

/** The origins of the app's `encore.app`, as a self-hosting configuration states them. */
export const productionConfig = {
  metadata: { app_id: "conformance", env_name: "production", env_type: "production" },
  cors: {
    allow_headers: ["X-Allowed"],
    expose_headers: ["X-Exposed"],
    allow_origins_without_credentials: ["https://open.example.com"],
    allow_origins_with_credentials: ["https://trusted.example.com", "https://*.wild.example.com"],
  },
  secrets: { Greeting: "hello from a local secret" },
};

/** A folder of one test file, with an app in it. */
export interface ScratchApp {
  appDir: string;
  /** Writes a configuration file; answers its path. */
  config(name: string, content: object): string;
  remove(): void;
}

/** An app without services. */
export function emptyApp(): ScratchApp {
  const appDir = mkdtempSync(join(tmpdir(), "axion-app-"));
  writeFileSync(join(appDir, "encore.app"), '{"id": "", "lang": "typescript"}');
  writeFileSync(join(appDir, "package.json"), '{"name": "scratch", "private": true, "type": "module"}');
  writeFileSync(join(appDir, "tsconfig.json"), "{}");
  symlinkSync(packages, join(appDir, "node_modules"));
  return {
    appDir,
    config(name, content) {
      const file = join(appDir, name);
      writeFileSync(file, JSON.stringify(content));
      return file;
    },
    remove: () => rmSync(appDir, { recursive: true, force: true }),
  };
}

/** The conformance suite's app. */
export function conformanceApp(): ScratchApp {
  const app = emptyApp();
  cpSync(join(suite, "app"), app.appDir, { recursive: true });
  return app;
}

/** An app that runs in a process of its own. */
export interface RunningApp {
  url: string;
  process: ChildProcess;
  /** The end of what it wrote to standard error. */
  log(): string;
  /** Asks it to end, and waits; answers its exit code. */
  stop(): Promise<number | null>;
}

/** Starts an app with the command line tool; resolves once it answers. */
export async function startApp(appDir: string, args: string[] = [], port?: number): Promise<RunningApp> {
  const at = port ?? (await freePort());
  const child = spawn(process.execPath, [launcher, "start", "--app", appDir, "--port", String(at), ...args], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, NODE_ENV: undefined, AXION_HOST_CONFIG: undefined, ENCORE_RUNTIME_LIB: undefined },
  });
  let log = "";
  child.stderr.on("data", (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-20_000);
  });
  const app: RunningApp = {
    url: `http://127.0.0.1:${at}`,
    process: child,
    log: () => log,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill("SIGTERM");
        await once(child, "exit");
      }
      return child.exitCode;
    },
  };
  while (!(await answers(app.url))) {
    if (child.exitCode !== null) throw new Error(`the host ended with ${child.exitCode}:\n${log}`);
    await delay(50);
  }
  return app;
}

function answers(url: string): Promise<boolean> {
  return fetch(`${url}/__encore/healthz`).then(
    (answer) => answer.ok,
    () => false,
  );
}

/** What came of a conformance case. */
export interface CaseResult {
  group: string;
  name: string;
  passed: boolean;
  problem?: string;
}

/** Runs conformance cases against an app and answers all results. */
export async function runCases(url: string, mode: string, groups: string[] = []): Promise<CaseResult[]> {
  const args = [
    join(suite, "run.mjs"),
    url,
    "--mode",
    mode,
    "--json",
    ...groups.flatMap((group) => ["--group", group]),
  ];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 }).catch(
    // A failing case makes the exit code 1; its results are on standard output all the same.
    (failed: { stdout: string }) => failed,
  );
  return JSON.parse(stdout.slice(0, stdout.lastIndexOf("]") + 1)) as CaseResult[];
}
