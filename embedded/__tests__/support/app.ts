import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll } from "vitest";
import { freePort } from "../../src/providers/postgres/postmaster.js";

const LAUNCHER = join(import.meta.dirname, "..", "..", "bin", "axion.mjs");
const PACKAGES = join(import.meta.dirname, "..", "..", "..", "node_modules");
const START_TIMEOUT_MS = 60_000;

/** Nothing of the test run reaches the processes under test. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(?:AXION_|ENCORE_|VITEST|NODE_ENV$|NODE_OPTIONS$|PORT$|TEST$)/.test(name),
  ),
);

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the command line tool to its end. */
export function axion(
  args: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Outcome> {
  return run([LAUNCHER, ...args], options);
}

/** Runs a script with this Node to its end. */
export function run(
  args: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const settings = { cwd: options.cwd, env: { ...environment, ...options.env }, timeout: START_TIMEOUT_MS };
    const child = execFile(process.execPath, args, settings, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}

/** Folders and processes of one test file; all are gone after it. */
export function useApps() {
  const dirs: string[] = [];
  const running: RunningApp[] = [];
  afterAll(async () => {
    await Promise.all(running.map((app) => app.stop()));
    for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
  });
  return {
    /** An app with these files beside `encore.app`, and the packages of this repository. */
    create(files: Record<string, string>): string {
      const dir = mkdtempSync(join(tmpdir(), "axion-app-"));
      dirs.push(dir);
      const all = {
        "encore.app": '{ "id": "" }',
        "package.json": '{ "name": "sample", "version": "1.2.3", "type": "module" }',
        ...files,
      };
      for (const [file, text] of Object.entries(all)) write(dir, file, text);
      symlinkSync(PACKAGES, join(dir, "node_modules"));
      return dir;
    },
    /** An empty folder. */
    folder(): string {
      const dir = mkdtempSync(join(tmpdir(), "axion-folder-"));
      dirs.push(dir);
      return dir;
    },
    /** Starts a long-running command, and waits until it answers requests. */
    async start(
      command: string[],
      options: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
    ): Promise<RunningApp> {
      const app = new RunningApp(await freePort(), command, options);
      running.push(app);
      await app.untilReady();
      return app;
    },
  };
}

/** Writes a file of an app. */
export function write(dir: string, file: string, text: string): void {
  const target = join(dir, file);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
}

/** A process that serves an app. `command` is what follows `axion`, or a script of its own. */
export class RunningApp {
  readonly url: string;
  readonly process: ChildProcess;
  private output = "";

  constructor(
    readonly port: number,
    command: string[],
    options: { env?: NodeJS.ProcessEnv; cwd?: string },
  ) {
    this.url = `http://127.0.0.1:${port}`;
    const script = command[0]?.endsWith(".mjs") ? command : [LAUNCHER, ...command];
    this.process = spawn(process.execPath, [...script, "--port", String(port)], {
      cwd: options.cwd,
      env: { ...environment, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        this.output += chunk.toString();
      });
    }
  }

  /** Everything printed so far. */
  get log(): string {
    return this.output;
  }

  async untilReady(): Promise<void> {
    await until(async () => {
      if (this.process.exitCode !== null) throw new Error(`the process ended:\n${this.output}`);
      return (await fetch(`${this.url}/__encore/healthz`).catch(() => undefined))?.ok === true;
    });
  }

  async json(path: string): Promise<unknown> {
    const response = await fetch(this.url + path);
    return response.json();
  }

  /** Ends the process in order; resolves with its exit code. */
  async stop(): Promise<number | null> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const exited = once(this.process, "exit");
      this.process.kill("SIGTERM");
      await exited;
    }
    return this.process.exitCode;
  }
}

/** Waits for a condition, which is asked again every 50 ms. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error("the condition did not come about in time");
    await delay(50);
  }
}

/** A service with a database: one endpoint that counts, one that fails. */
export const COUNTER_APP = {
  "counter/encore.service.ts":
    'import { Service } from "encore.dev/service";\nexport default new Service("counter");\n',
  "counter/migrations/1_visits.up.sql": "CREATE TABLE visit (name text NOT NULL);\n",
  "counter/counter.ts": `import { api } from "encore.dev/api";
import { SQLDatabase } from "encore.dev/storage/sqldb";

const db = new SQLDatabase("counter", { migrations: "./migrations" });

export const visit = api({ method: "POST", path: "/visits/:name", expose: true }, async ({ name }: { name: string }): Promise<{ visits: number }> => {
  await db.exec\`INSERT INTO visit VALUES (\${name})\`;
  return count();
});

export const count = api({ method: "GET", path: "/visits", expose: true }, async (): Promise<{ visits: number }> => {
  const row = await db.queryRow<{ visits: number }>\`SELECT count(*)::int AS visits FROM visit\`;
  return { visits: row!.visits };
});

export const fail = api({ method: "GET", path: "/fail", expose: true }, async (): Promise<void> => {
  throw new Error("on purpose");
});
`,
};
