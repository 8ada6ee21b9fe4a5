import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { copyApp } from "../lib/copy-app.ts";
import { resolveTypescriptImports } from "../lib/typescript-imports.ts";
import type { Benchmark } from "../run.ts";
import { KillWorld } from "./kill-world.ts";
import { KillableApp } from "./killable-app.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Runs: every third kills Postgres, the others the worker; every second one streams between databases. */
const runs = { quick: 3, full: 50 };

export const benchmark: Benchmark = {
  description: "kill -9 of the worker and of Postgres at random points of jobs: nothing lost, nothing twice",
  async run({ quick, runs: wanted }) {
    resolveTypescriptImports();
    const scratch = await mkdtemp(join(tmpdir(), "axion-kills-"));
    const appDir = join(scratch, "app");
    await copyApp(root, ".", appDir);
    const app = new KillableApp(root, appDir);
    const figures = { runs: 0, workerKills: 0, postgresKills: 0, jobsKilledMidway: 0, wrong: 0 };
    try {
      await app.start();
      const world = await KillWorld.create(app, quick ? 1_500 : 3_000);
      const count = wanted ?? (quick ? runs.quick : runs.full);
      for (let run = 1; run <= count; run++) {
        const victim = run % 3 === 0 ? "postgres" : "worker";
        const streaming = run % 2 === 0;
        const { problems, midway } = await world.killDuringJob({ run, victim, streaming });
        figures.runs++;
        figures[victim === "worker" ? "workerKills" : "postgresKills"]++;
        if (midway) figures.jobsKilledMidway++;
        if (problems.length > 0) figures.wrong++;
        const what = `${victim} killed in a ${streaming ? "streaming" : "set-based"} job${midway ? "" : " that had ended"}`;
        console.log(`${run}/${count} ${what}: ${problems.length === 0 ? "exact" : problems.join("; ")}`);
      }
    } finally {
      await app.stop();
      await rm(scratch, { recursive: true, force: true });
    }
    if (figures.wrong > 0) process.exitCode = 1;
    return figures;
  },
};
