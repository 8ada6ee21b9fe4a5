import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { copyApp } from "../lib/copy-app.ts";
import { resolveTypescriptImports } from "../lib/typescript-imports.ts";
import type { Benchmark } from "../run.ts";
import { KillWorld, type Outcome, type Victim } from "./kill-world.ts";
import { KillableApp } from "./killable-app.ts";
import { SourceServer } from "./source-server.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Runs: every second one streams from another server, and is undone afterwards with a kill in the undoing. */
const runs = { quick: 3, full: 50 };

/** What is killed in turn in a job within one database, in one between two servers, and in an undoing. */
const victims: Record<"within" | "between" | "undo", Victim[]> = {
  within: ["worker", "target"],
  between: ["source", "worker", "target"],
  undo: ["worker", "target"],
};

/** The large job at the end of all runs, between two servers: each victim is killed once. */
const large = { people: 60_000, batchSize: 500, victims: ["worker", "source", "target"] as Victim[] };

class Figures {
  readonly counts = { runs: 0, kills: 0, killsMidway: 0, undone: 0, largestJob: 0, wrong: 0 };

  add(what: string, kills: Victim[], { problems, midway }: Outcome): void {
    this.counts.kills += kills.length;
    this.counts.killsMidway += midway;
    if (problems.length > 0) this.counts.wrong++;
    const met = midway === kills.length ? "" : ` (${midway} of ${kills.length} before its end)`;
    const said = problems.length === 0 ? "exact" : problems.join("; ");
    console.log(`${what}, killed: ${kills.join(", ")}${met}: ${said}`);
  }
}

export const benchmark: Benchmark = {
  description: "kill -9 of the worker and of Postgres at random points of jobs: nothing lost, nothing twice",
  async run({ quick, runs: wanted }) {
    resolveTypescriptImports();
    const scratch = await mkdtemp(join(tmpdir(), "axion-kills-"));
    const appDir = join(scratch, "app");
    await copyApp(root, ".", appDir);
    const app = new KillableApp(root, appDir);
    const source = await SourceServer.start();
    const figures = new Figures();
    try {
      await app.start();
      const world = await KillWorld.create(app, source, quick ? 1_500 : 3_000);
      const count = wanted ?? (quick ? runs.quick : runs.full);
      for (let run = 1; run <= count; run++) await killInRun(world, figures, { run, count });
      // With a number of runs only those: a part of a series.
      if (!quick && wanted === undefined) await killInLargeJob(world, figures);
    } catch (error) {
      console.error(`the app said last:\n${app.lastWords()}`);
      throw error;
    } finally {
      await Promise.all([app.stop(), source.stop()]);
      await rm(scratch, { recursive: true, force: true });
    }
    if (figures.counts.wrong > 0) process.exitCode = 1;
    return figures.counts;
  },
};

async function killInRun(
  world: KillWorld,
  figures: Figures,
  { run, count }: { run: number; count: number },
): Promise<void> {
  const streaming = run % 2 === 0;
  const turn = Math.ceil(run / 2) - 1;
  const kinds = streaming ? victims.between : victims.within;
  const victim = kinds[turn % kinds.length]!;
  const how = { target: `contacts_${run}`, victims: [victim], streaming };
  const { outcome, converted } = await world.killDuringJob(how);
  figures.counts.runs++;
  figures.counts.largestJob = Math.max(figures.counts.largestJob, converted.people);
  const place = streaming ? "streaming between two servers" : "within one database";
  figures.add(`${run}/${count} ${place}`, [victim], outcome);
  if (!streaming) return;
  const undoVictim = victims.undo[turn % victims.undo.length]!;
  figures.counts.undone++;
  figures.add(
    `${run}/${count} undone, and converted again`,
    [undoVictim],
    await world.killDuringUndo(converted, [undoVictim]),
  );
}

async function killInLargeJob(world: KillWorld, figures: Figures): Promise<void> {
  await world.setBatchSize(large.batchSize);
  const { people, victims: each } = large;
  const how = { target: "contacts_large", victims: each, streaming: true, people };
  const { outcome, converted } = await world.killDuringJob(how);
  figures.counts.runs++;
  figures.counts.largestJob = people;
  figures.add(`${people} records between two servers`, each, outcome);
  figures.counts.undone++;
  const undo = await world.killDuringUndo(converted, victims.undo);
  figures.add(`${people} records undone, and converted again`, victims.undo, undo);
}
