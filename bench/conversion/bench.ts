import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import postgres from "postgres";
import { KillableApp } from "../kills/killable-app.ts";
import { copyApp } from "../lib/copy-app.ts";
import { emptyHost } from "../lib/host-config.ts";
import { resolveTypescriptImports } from "../lib/typescript-imports.ts";
import type { Benchmark } from "../run.ts";
import { cursorAndCopy, insertSelect } from "./baselines.ts";
import { type Databases, makeTarget, prepareDatabases } from "./databases.ts";
import type { ExecutorFigures, ExecutorTask } from "./executor.ts";
import { measureSingle } from "./single.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
/** What a tenant has that has set nothing. */
const batchSize = 2_500;

export const benchmark: Benchmark = {
  description: "conversion: both executors against statements and scripts by hand, memory, single executions",
  async run({ quick }) {
    resolveTypescriptImports();
    const scratch = await mkdtemp(join(tmpdir(), "axion-conversion-"));
    try {
      const executors = await compareExecutors(scratch, quick ? 100_000 : 1_000_000);
      const single = await measureApp(scratch, quick ? 200 : 1_000);
      return { ...executors, ...single };
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  },
};

/** Each executor over all rows, and the same by hand, in turn on one server. */
async function compareExecutors(scratch: string, rows: number): Promise<Record<string, number>> {
  const { ensurePostgres } = await import("../../embedded/src/providers/postgres/embedded-server.ts");
  const server = await ensurePostgres({ appDir: scratch, log: console.log });
  try {
    const databases = await prepareDatabases(server.adminUrl, rows);
    const env = emptyHost(root, scratch);
    const executor = (target: string) => async (table: string) =>
      await runExecutor({ source: databases.first, target, table, batchSize }, env);
    const within = await compare(databases.first, {
      executor: executor(databases.first),
      byHand: (table) => insertSelect(databases.first, table),
    });
    const between = await compare(databases.second, {
      executor: executor(databases.second),
      byHand: (table) => cursorAndCopy(databases, table, { links: "with" }),
    });
    const apart = await byHandOtherwise(databases, "apart");
    const bare = await byHandOtherwise(databases, "none");
    for (const { figures, seconds } of [within, between])
      console.log(`${figures.executor}: ${figures.seconds.toFixed(1)} s, by hand ${seconds.toFixed(1)} s`);
    return {
      rows,
      setBasedRatio: ratio(within.seconds, within.figures.seconds),
      streamingRatio: ratio(between.seconds, between.figures.seconds),
      streamingToLinksApartRatio: ratio(apart, between.figures.seconds),
      streamingToBareCopyRatio: ratio(bare, between.figures.seconds),
      setBasedRecordsPerSecond: Math.round(within.figures.records / within.figures.seconds),
      streamingRecordsPerSecond: Math.round(between.figures.records / between.figures.seconds),
      memoryOverIdleMb: Math.max(within.figures.memoryOverIdleMb, between.figures.memoryOverIdleMb),
    };
  } finally {
    await server.release();
  }
}

/** The hand-written script with links that are not tied to their rows, or without links. */
async function byHandOtherwise(databases: Databases, links: "apart" | "none"): Promise<number> {
  await makeTarget(databases.second, "locations");
  const seconds = await cursorAndCopy(databases, "locations", { links });
  const sql = postgres(databases.second, { max: 1, onnotice: () => {} });
  await sql`TRUNCATE axion.links`;
  await sql.end();
  return seconds;
}

async function compare(
  url: string,
  way: {
    executor: (table: string) => Promise<ExecutorFigures>;
    byHand: (table: string) => Promise<number>;
  },
): Promise<{ figures: ExecutorFigures; seconds: number }> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  await makeTarget(url, "locations");
  const figures = await way.executor("locations");
  const [made] = await sql<{ rows: number; links: number }[]>`
    SELECT (SELECT count(*)::integer FROM locations) AS rows, (SELECT count(*)::integer FROM axion.links) AS links`;
  if (made?.rows !== figures.written || made.links !== figures.written)
    throw new Error(
      `${figures.executor}: ${figures.written} written, but ${made?.rows} rows and ${made?.links} links`,
    );
  await sql`TRUNCATE axion.links`;
  await makeTarget(url, "locations");
  const seconds = await way.byHand("locations");
  await sql`TRUNCATE axion.links`;
  await sql.end();
  return { figures, seconds };
}

/** Runs an executor in a process of its own. */
async function runExecutor(task: ExecutorTask, env: NodeJS.ProcessEnv): Promise<ExecutorFigures> {
  const file = fileURLToPath(new URL("executor.ts", import.meta.url));
  const { stdout } = await run(
    process.execPath,
    ["--experimental-transform-types", "--expose-gc", "--no-warnings", file, JSON.stringify(task)],
    { cwd: root, env: { ...process.env, ...env }, timeout: 900_000 },
  );
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as ExecutorFigures;
}

/** Single executions through the public API of a copy of the app. */
async function measureApp(scratch: string, executions: number): Promise<Record<string, number>> {
  const appDir = join(scratch, "app");
  await copyApp(root, ".", appDir);
  const app = new KillableApp(root, appDir);
  try {
    await app.start();
    return await measureSingle(app, executions);
  } finally {
    await app.stop();
  }
}

function ratio(byHand: number, product: number): number {
  return Math.round((byHand / product) * 100) / 100;
}
