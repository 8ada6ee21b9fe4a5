import { spawnSync } from "node:child_process";
import { chownSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { data_processing } from "~encore/clients";
import { type OwnPostgres, startOwnPostgres } from "../../tenant-management/__tests__/own-postgres.js";
import { runJob } from "../entity-conversion/domain/run-job.js";
import type { ConversionJob } from "../entity-conversion/types.js";
import { jobWorker } from "../job-worker.js";
import { outboxRelay } from "../outbox-relay.js";
import { claimFor, runner, toldRecords } from "./job-world.js";
import { newOwnDatabase, type OwnDatabase, peopleTable } from "./own-database.js";

const people = 5_000;
const folder = mkdtempSync(join(tmpdir(), "axion-small-disk-"));
const disk = join(folder, "disk");
const ballast = join(disk, "ballast");
/** A file system of its own takes root on Linux, and a container that may mount; elsewhere these tests are skipped. */
const mounted = process.platform === "linux" && process.getuid?.() === 0 && mountSmallDisk();

let server: OwnPostgres;
let own: OwnDatabase;

function mountSmallDisk(): boolean {
  mkdirSync(disk);
  return spawnSync("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", disk]).status === 0;
}

/** Writes until nothing more can be written. */
function fillDisk(): void {
  const { stderr } = spawnSync("dd", ["if=/dev/zero", `of=${ballast}`, "bs=4k"], { encoding: "utf8" });
  expect(stderr).toContain("No space left on device");
}

beforeAll(async () => {
  if (!mounted) return;
  await Promise.all([jobWorker.stop(), outboxRelay.stop()]);
  server = await startOwnPostgres();
  const [row] = await server.admin<
    { directory: string }[]
  >`SELECT current_setting('data_directory') AS directory`;
  const { uid, gid } = statSync(row!.directory);
  for (const each of [folder, disk]) chownSync(each, uid, gid);
  const space = join(disk, "space");
  mkdirSync(space);
  chownSync(space, uid, gid);
  await server.admin.unsafe(`CREATE TABLESPACE small LOCATION '${space}'`);
  const contacts = "CREATE TABLE contacts (id integer PRIMARY KEY, name text, note text) TABLESPACE small";
  own = await newOwnDatabase(server, `${peopleTable(people)}; ${contacts}`);
}, 180_000);

afterAll(async () => {
  await own?.owner.end({ timeout: 1 });
  await server?.stop();
  if (mounted) spawnSync("umount", [disk]);
  rmSync(folder, { recursive: true, force: true });
});

async function runWith(
  ruleId: string,
  afterBatch: (batch: number) => void = () => {},
): Promise<ConversionJob> {
  const { authData } = own;
  const { id } = await data_processing.startJob({ ruleId }, { authData });
  const onBatchWritten = async (_: unknown, batch: number) => afterBatch(batch);
  const options = { ...runner, batchSize: 500, firstRetryMs: 2, onBatchWritten };
  await runJob(options, await claimFor(id, authData), new AbortController().signal);
  return await data_processing.getJob({ jobId: id }, { authData });
}

describe.skipIf(!mounted)("a target whose disk is really full", () => {
  it("ends the job with the reason and nothing half written; with room again, the rest follows", async () => {
    const definition = {
      name: "within",
      source: { dataSource: "own", entity: "people" },
      target: { dataSource: "own", entity: "contacts" },
      naturalKey: ["id"],
      mappings: [
        { target: "id", column: "id" },
        { target: "name", column: "first_name" },
        { target: "note", constant: "n".repeat(900) },
      ],
    };
    const { id: ruleId } = await data_processing.createRule({ definition }, { authData: own.authData });
    const job = await runWith(ruleId, (batch) => {
      if (batch === 1) fillDisk();
    });
    expect(job).toMatchObject({ state: "failed", failed: 0, skipped: 0 });
    expect(job.error).toMatch(/could not extend file .*No space left on device/);
    expect(job.converted).toBeGreaterThanOrEqual(500);
    expect(job.converted).toBeLessThan(people);
    const written = async () => {
      const [count] = await own.owner<{ contacts: number; links: number }[]>`
        SELECT (SELECT count(*)::integer FROM contacts) AS contacts, (SELECT count(*)::integer FROM axion.links) AS links`;
      return count;
    };
    expect(await written()).toEqual({ contacts: job.converted, links: job.converted });
    expect(await toldRecords(job.id)).toHaveLength(job.converted);
    rmSync(ballast);
    const next = await runWith(ruleId);
    expect(next).toMatchObject({
      state: "completed",
      converted: people - job.converted,
      unchanged: job.converted,
      failed: 0,
    });
    expect(await written()).toEqual({ contacts: people, links: people });
  }, 120_000);
});
