/**
 * `npm run golden -- [NAME...]`: generates the golden projects, type-checks, lints, builds and tests them, starts all of
 * their services and calls them. Needs npm's registry; a project that needs a broker is left out where there is none.
 */
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { callShop } from "./call-shop.ts";
import { callTasks } from "./call-tasks.ts";
import { callTwenty } from "./call-twenty.ts";
import { Project } from "./project.ts";

interface Golden {
  /** Why it cannot be started here. */
  lacks?: () => string | undefined;
  call(env: NodeJS.ProcessEnv): Promise<void>;
}

const golden: Record<string, Golden> = {
  "tasks-hono": { call: callTasks },
  "tasks-bun": { call: callTasks },
  "shop-kafka": {
    lacks: () => (process.env.KAFKA_JARS ? undefined : "KAFKA_JARS is not set"),
    call: callShop,
  },
  "shop-rabbitmq": {
    lacks: () => (process.env.RABBITMQ_URL ? undefined : "RABBITMQ_URL is not set"),
    call: callShop,
  },
  twenty: { call: callTwenty },
};

/** Takes a project all the way. */
async function checkProject(name: string, { lacks, call }: Golden, dir: string): Promise<void> {
  const project = new Project(name, dir);
  const step = async (what: string, run: () => Promise<unknown>) => {
    const began = performance.now();
    await run();
    console.log(`  ${what}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
  };
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
const unknown = args.filter((name) => !Object.hasOwn(golden, name));
if (args.includes("--help") || unknown.length > 0) {
  console.log(`usage: npm run golden -- [NAME...]\n\nprojects: ${Object.keys(golden).join(", ")}`);
  process.exit(args.includes("--help") ? 0 : 2);
}
let failed = 0;
for (const name of args.length > 0 ? args : Object.keys(golden)) {
  console.log(name);
  const dir = await mkdtemp(path.join(tmpdir(), `axion-golden-${name}-`));
  // Postgres runs as another user where this is root.
  spawnSync("chmod", ["755", dir]);
  try {
    await checkProject(name, golden[name]!, dir);
    console.log(`  ok`);
  } catch (error) {
    failed++;
    console.error(`  failed: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
process.exit(failed > 0 ? 1 : 0);
