/**
 * `npm run golden -- [NAME...]`: generates the golden projects, type-checks, lints, builds and tests them, starts all of
 * their services and calls them. `deployment` has Axion deploy a project on this machine. Needs npm's registry; a project
 * that needs a broker is left out where there is none.
 */
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { breakShop } from "./break-shop.ts";
import { callShop } from "./call-shop.ts";
import { callTasks } from "./call-tasks.ts";
import { callTwenty } from "./call-twenty.ts";
import { checkDeployment } from "./check-deployment.ts";
import { Project } from "./project.ts";

interface Golden {
  /** Why it cannot be started here. */
  lacks?: () => string | undefined;
  call(env: NodeJS.ProcessEnv): Promise<void>;
  /** Ends parts of it while it works. */
  break?(project: Project, env: NodeJS.ProcessEnv): Promise<void>;
}

const shop = {
  call: callShop,
  break: (project: Project, env: NodeJS.ProcessEnv) => breakShop(project, env, () => project.restartBroker()),
};

const golden: Record<string, Golden> = {
  "tasks-hono": { call: callTasks },
  "tasks-bun": { call: callTasks },
  "shop-kafka": {
    lacks: () => (process.env.KAFKA_JARS ? undefined : "KAFKA_JARS is not set"),
    ...shop,
  },
  "shop-rabbitmq": {
    lacks: () => (process.env.RABBITMQ_URL ? undefined : "RABBITMQ_URL is not set"),
    ...shop,
  },
  twenty: { call: callTwenty },
};

/** A part of a check, with the time it took. */
async function step(what: string, run: () => Promise<unknown>): Promise<void> {
  const began = performance.now();
  try {
    await run();
  } catch (error) {
    console.error(`  ${what}: failed`);
    throw error;
  }
  console.log(`  ${what}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
}

/** Takes a project all the way. */
async function checkProject(
  name: string,
  { lacks, call, break: breakIt }: Golden,
  dir: string,
): Promise<void> {
  const project = new Project(name, dir);
  await step("generate", () => project.generate());
  await step("install", () => project.npm(["install", "--no-audit", "--no-fund"], 300));
  await step("type check", () => project.npm(["run", "typecheck"], 300));
  await step("lint", () => project.npm(["run", "lint"], 120));
  await step("build", () => project.npm(["run", "build"], 300));
  const missing = lacks?.();
  if (missing !== undefined) {
    console.log(`  not started: ${missing}`);
    return;
  }
  const surroundings = await project.startSurroundings();
  let running: Awaited<ReturnType<Project["start"]>> | undefined;
  try {
    await step("start", async () => {
      running = await project.start(surroundings.env);
    });
    await step("call", () => call(project.environment()));
    if (breakIt !== undefined) await step("break", () => breakIt(project, project.environment()));
  } catch (error) {
    console.error(running?.output());
    throw error;
  } finally {
    await running?.stop();
    await surroundings.stop();
  }
  await step("test", () => project.npm(["test"], 300));
}

const args = process.argv.slice(2);
const checks: Record<string, (dir: string) => Promise<void>> = {
  ...Object.fromEntries(
    Object.entries(golden).map(([name, each]) => [name, (dir: string) => checkProject(name, each, dir)]),
  ),
  deployment: (dir) => checkDeployment(dir, step),
};
const unknown = args.filter((name) => !Object.hasOwn(checks, name));
if (args.includes("--help") || unknown.length > 0) {
  console.log(`usage: npm run golden -- [NAME...]\n\nprojects: ${Object.keys(checks).join(", ")}`);
  process.exit(args.includes("--help") ? 0 : 2);
}
let failed = 0;
for (const name of args.length > 0 ? args : Object.keys(checks)) {
  console.log(name);
  const dir = await mkdtemp(path.join(tmpdir(), `axion-golden-${name}-`));
  // Postgres runs as another user where this is root.
  spawnSync("chmod", ["755", dir]);
  try {
    await checks[name]!(dir);
    console.log(`  ok`);
  } catch (error) {
    failed++;
    console.error(`  failed: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
process.exit(failed > 0 ? 1 : 0);
