import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { generateProject } from "../../../generator/generate-project.js";
import { checkModel } from "../../../generator/model/check-model.js";
import { dockerConfig } from "../../../generator/views/docker-config.js";

const root = path.resolve(import.meta.dirname, "../../../..");
const run = promisify(execFile);
const token = "a token of this test alone";

/** Three services without a database: two at the edge, of which one takes few requests, and one inside. */
const model = {
  name: "golden",
  services: [
    { name: "front", port: 5351, visibility: "public", replicas: 2, operations: [whoami()] },
    {
      name: "narrow",
      port: 5352,
      visibility: "public",
      limits: { requestsPerMinute: 60 },
      operations: [whoami()],
    },
    { name: "inner", port: 5353, operations: [whoami()] },
  ],
};

function whoami(): object {
  const output = [{ name: "instance", type: "string", required: true }];
  return { name: "whoami", method: "GET", path: "/whoami", output };
}

export interface GoldenServices {
  folder: string;
  config: ReturnType<typeof dockerConfig>;
  /** Starts an instance of a service that calls itself by this name. */
  start(service: string, instance: string, port: number): Promise<ChildProcess>;
  stop(): Promise<void>;
}

/** Generates the project, writes its operations, installs it and builds it. */
export async function buildGolden(): Promise<GoldenServices> {
  const checked = checkModel(model);
  if (checked.model === undefined) throw new Error(JSON.stringify(checked.diagnostics));
  const folder = await mkdtemp(path.join(tmpdir(), "axion-edge-"));
  for (const { path: name, text } of generateProject(checked.model)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), text);
  }
  for (const { name } of model.services) {
    const operation = `export async function whoami(): Promise<{ instance: string }> {\n  return { instance: process.env.INSTANCE ?? "" };\n}\n`;
    await writeFile(path.join(folder, "services", name, "src/operations/whoami.ts"), operation);
  }
  // The tools of the project are those of this repository: only what the services import is installed.
  await run("npm", ["install", "--omit=dev", "--no-audit", "--no-fund"], { cwd: folder, timeout: 120_000 });
  for (const tool of ["esbuild", "yaml", "diff"])
    await symlink(path.join(root, "node_modules", tool), path.join(folder, "node_modules", tool));
  await run(process.execPath, ["scripts/build.mjs"], { cwd: folder, timeout: 60_000 });
  await run(process.execPath, ["--no-warnings", "scripts/docker-certificate.ts"], {
    cwd: folder,
    timeout: 30_000,
  });
  const running = new Set<ChildProcess>();
  return {
    folder,
    config: dockerConfig(checked.model),
    async start(service, instance, port) {
      const child = spawn(process.execPath, ["dist/main.js"], {
        cwd: path.join(folder, "services", service),
        stdio: "ignore",
        env: {
          PATH: process.env.PATH,
          PORT: String(port),
          INSTANCE: instance,
          SERVICE_TOKEN: token,
          DRAIN_MS: "20000",
          LOG_LEVEL: "error",
        },
      });
      running.add(child);
      await ready(port, child);
      return child;
    },
    async stop() {
      for (const child of running) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        child.kill("SIGKILL");
        await once(child, "exit");
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function ready(port: number, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (Date.now() < deadline && child.exitCode === null) {
    try {
      const signal = AbortSignal.timeout(1_000);
      if ((await fetch(`http://127.0.0.1:${port}/ready`, { signal })).ok) return;
    } catch {
      // It does not listen yet.
    }
    await delay(50);
  }
  throw new Error(`nothing answers at port ${port}`);
}
