import { cp, mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Project, run } from "../../examples/projects/check/project.ts";
import { load, median } from "../lib/load.ts";
import type { Benchmark } from "../run.ts";
import { memoryOf, type ServerCommand, startServer } from "./server-process.ts";
import { measureTwenty } from "./twenty.ts";

const node = createRequire(import.meta.url).resolve("node/bin/node");

/** What is measured: generated services, the same by hand, the floor, and NestJS. */
type Name = "generatedNode" | "generatedBun" | "handNode" | "handBun" | "bare" | "bareBun" | "nest";

export const benchmark: Benchmark = {
  description:
    "generated services: start, memory and requests/s against hand-written ones, bare node:http and NestJS",
  async run({ quick }) {
    const scratch = await mkdtemp(join(tmpdir(), "axion-bench-"));
    // Postgres runs as another user where this is root.
    await run("chmod", ["755", scratch], scratch, 5);
    try {
      const onNode = await builtProject("tasks-hono", join(scratch, "node"));
      const onBun = await builtProject("tasks-bun", join(scratch, "bun"));
      const baselines = await builtBaselines(join(scratch, "baselines"));
      const postgres = await onNode.startPostgres();
      try {
        const figures = await measureServices(postgres.url, onNode, onBun, baselines, quick);
        return { ...figures, ...(await measureTwenty(join(scratch, "twenty"), quick)) };
      } finally {
        await postgres.stop();
      }
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  },
};

async function builtProject(name: string, dir: string): Promise<Project> {
  const project = new Project(name, dir);
  await project.generate();
  await project.npm(["install", "--no-audit", "--no-fund"], 300);
  await project.npm(["run", "build"], 300);
  return project;
}

async function builtBaselines(dir: string): Promise<string> {
  await cp(join(import.meta.dirname, "__tests__/baselines"), dir, { recursive: true });
  await run("npm", ["install", "--no-audit", "--no-fund"], dir, 300);
  await run("npx", ["--no-install", "node", "build.mjs"], dir, 120);
  return dir;
}

async function measureServices(
  databaseUrl: string,
  onNode: Project,
  onBun: Project,
  baselines: string,
  quick: boolean,
): Promise<Record<string, number>> {
  const env = { ...onNode.environment(), DATABASE_URL: databaseUrl, NODE_ENV: "production" };
  const service = (project: Project) => join(project.dir, "services/tasks");
  const bun = join(onBun.dir, "node_modules/.bin/bun");
  const commands: Record<Name, ServerCommand> = {
    generatedNode: { program: node, args: ["dist/main.js"], cwd: service(onNode), env },
    generatedBun: { program: bun, args: ["dist/main.js"], cwd: service(onBun), env },
    handNode: { program: node, args: ["dist/hand-hono.js"], cwd: baselines, env },
    handBun: { program: bun, args: ["dist/hand-elysia.js"], cwd: baselines, env },
    bare: { program: node, args: ["bare.mjs"], cwd: baselines, env },
    bareBun: { program: bun, args: ["dist/bare-bun.js"], cwd: baselines, env },
    nest: { program: node, args: ["dist/nest.js"], cwd: baselines, env },
  };
  await run(node, [join(service(onNode), "dist/migrate.js")], service(onNode), 60, env);
  const path = `/tasks/${await someTask(commands.generatedNode)}`;
  const names = Object.keys(commands) as Name[];
  const results = new Map(
    names.map((name) => [name, { startMs: [], idle: [], loaded: [], rps: [], p99: [] } as Samples]),
  );
  // By turns, so that whatever else the machine does meets all of them.
  for (let round = 0; round < (quick ? 3 : 7); round++)
    for (const name of names) await sample(commands[name], path, results.get(name)!, quick);
  const least = (name: Name, what: "startMs" | "idle" | "loaded") => Math.min(...results.get(name)![what]);
  const requests = (name: Name) => median(results.get(name)!.rps);
  const rounded = (value: number, digits = 2) => Number(value.toFixed(digits));
  return {
    bunStartMs: rounded(least("generatedBun", "startMs"), 1),
    bunFloorStartMs: rounded(least("bareBun", "startMs"), 1),
    bunFloorRssMb: rounded(least("bareBun", "idle"), 1),
    bunRssMb: rounded(least("generatedBun", "idle"), 1),
    bunRssLoadedMb: rounded(least("generatedBun", "loaded"), 1),
    nodeStartMs: rounded(least("generatedNode", "startMs"), 1),
    nodeStartRatio: rounded(least("generatedNode", "startMs") / least("bare", "startMs")),
    nodeRssMb: rounded(least("generatedNode", "idle"), 1),
    nodeRssOverFloorMb: rounded(least("generatedNode", "idle") - least("bare", "idle"), 1),
    nodeRssLoadedMb: rounded(least("generatedNode", "loaded"), 1),
    requestRatio: rounded(requests("generatedNode") / requests("handNode")),
    bunRequestRatio: rounded(requests("generatedBun") / requests("handBun")),
    nestRequestRatio: rounded(requests("generatedNode") / requests("nest")),
    nestStartRatio: rounded(least("nest", "startMs") / least("generatedNode", "startMs")),
    nestRssMb: rounded(least("nest", "idle"), 1),
    nodeP99Ms: median(results.get("generatedNode")!.p99),
    handP99Ms: median(results.get("handNode")!.p99),
  };
}

interface Samples {
  startMs: number[];
  /** Resident memory after the first answer and after load, in MB. */
  idle: number[];
  loaded: number[];
  rps: number[];
  p99: number[];
}

async function sample(command: ServerCommand, path: string, samples: Samples, quick: boolean): Promise<void> {
  const server = await startServer(command, path);
  try {
    samples.startMs.push(server.firstAnswerMs);
    await delay(500);
    samples.idle.push(memoryOf(server.pid).rss);
    const result = await load({
      url: `http://127.0.0.1:${server.port}${path}`,
      method: "GET",
      connections: 16,
      seconds: quick ? 2 : 4,
    });
    if (result.failures > 0) throw new Error(`${result.failures} requests failed`);
    samples.rps.push(result.requestsPerSecond);
    samples.p99.push(result.p99Ms);
    samples.loaded.push(memoryOf(server.pid).rss);
  } finally {
    await server.stop();
  }
}

/** Makes a task to ask for; its id. */
async function someTask(command: ServerCommand): Promise<string> {
  const server = await startServer(command, "/health");
  try {
    const response = await fetch(`http://127.0.0.1:${server.port}/tasks`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ title: "Paint", effort: "2.50", position: "7", details: { colour: "red" } }),
      signal: AbortSignal.timeout(10_000),
    });
    return ((await response.json()) as { id: string }).id;
  } finally {
    await server.stop();
  }
}
