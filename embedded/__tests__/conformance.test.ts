import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { conformanceDifferences } from "./conformance-differences.js";

const suite = join(import.meta.dirname, "conformance");
const launcher = join(import.meta.dirname, "..", "bin", "axion.mjs");
const packages = join(createRequire(import.meta.url).resolve("encore.dev"), "..", "..", "..");

/** The origins of the app's `encore.app`, as a self-hosting configuration states them. */
const production = {
  metadata: { app_id: "conformance", env_name: "production", env_type: "production" },
  cors: {
    allow_headers: ["X-Allowed"],
    expose_headers: ["X-Exposed"],
    allow_origins_without_credentials: ["https://open.example.com"],
    allow_origins_with_credentials: ["https://trusted.example.com", "https://*.wild.example.com"],
  },
  secrets: { Greeting: "hello from a local secret" },
};

interface CaseResult {
  group: string;
  name: string;
  passed: boolean;
  problem?: string;
}

let appDir: string;
let host: ChildProcess | undefined;

beforeAll(() => {
  appDir = mkdtempSync(join(tmpdir(), "axion-conformance-"));
  cpSync(join(suite, "app"), appDir, { recursive: true });
  symlinkSync(packages, join(appDir, "node_modules"));
  writeFileSync(join(appDir, "production.json"), JSON.stringify(production));
});

afterEach(async () => {
  if (!host || host.exitCode !== null || host.signalCode !== null) return;
  host.kill("SIGTERM");
  await once(host, "exit");
});

afterAll(() => rmSync(appDir, { recursive: true, force: true }));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

/** Starts the app with the command line tool; resolves with its address once it answers. */
async function start(args: string[]): Promise<string> {
  const port = await freePort();
  const started = spawn(
    process.execPath,
    [launcher, "start", "--app", appDir, "--port", String(port), ...args],
    {
      stdio: ["ignore", "ignore", "pipe"],
      env: {
        ...process.env,
        NODE_ENV: undefined,
        AXION_HOST_CONFIG: undefined,
        ENCORE_RUNTIME_LIB: undefined,
      },
    },
  );
  host = started;
  let log = "";
  started.stderr.on("data", (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-4000);
  });
  const url = `http://127.0.0.1:${port}`;
  for (;;) {
    const up = await fetch(`${url}/__encore/healthz`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (up) return url;
    if (started.exitCode !== null) throw new Error(`the host ended with ${started.exitCode}:\n${log}`);
    await delay(50);
  }
}

/** Runs the cases of a mode and answers all results. */
async function runCases(url: string, mode: string): Promise<CaseResult[]> {
  const args = [join(suite, "run.mjs"), url, "--mode", mode, "--json"];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 }).catch(
    // A failing case makes the exit code 1; its results are on standard output all the same.
    (failed: { stdout: string }) => failed,
  );
  return JSON.parse(stdout.slice(0, stdout.lastIndexOf("]") + 1)) as CaseResult[];
}

function unexpected(results: CaseResult[]): string[] {
  const known = new Set(conformanceDifferences.map(({ group, name }) => `${group}: ${name}`));
  return results
    .filter((result) => !result.passed && !known.has(`${result.group}: ${result.name}`))
    .map((result) => `${result.group}: ${result.name}: ${result.problem}`);
}

test("answers every case as the official runtime does in development", { timeout: 180_000 }, async () => {
  const results = await runCases(await start([]), "development");
  expect(unexpected(results)).toEqual([]);
  expect(results.length).toBeGreaterThanOrEqual(580);
});

test("answers every case as the official runtime does in production", { timeout: 180_000 }, async () => {
  const results = await runCases(await start(["--config", join(appDir, "production.json")]), "production");
  expect(unexpected(results)).toEqual([]);
  expect(results.length).toBeGreaterThanOrEqual(600);
});
