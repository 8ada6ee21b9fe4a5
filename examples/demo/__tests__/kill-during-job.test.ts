import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { copyApp } from "../../../bench/lib/copy-app.ts";
import { freePort } from "../../../bench/lib/process.ts";
import type { ConversionJob, Rule } from "../../../data-processing/entity-conversion/types.ts";
import type { ListRecordsResponse } from "../../../data-processing/workspace/types.ts";
import { demoToken } from "../account.ts";
import { type Api, connect } from "../api.ts";
import { auditedRecords } from "../audited.ts";
import { loadSources } from "../load.ts";
import { rule } from "../rule.ts";
import { isRunning } from "../system.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
let scratch: string;
let port: number;
let running: ChildProcess | undefined;

async function start(): Promise<Api> {
  running = spawn(
    join(root, "node_modules/.bin/axion"),
    ["start", "--app", scratch, "--port", String(port)],
    {
      stdio: ["ignore", "inherit", "inherit"],
    },
  );
  const url = `http://localhost:${port}`;
  const deadline = Date.now() + 90_000;
  while (!(await isRunning(url))) {
    if (Date.now() > deadline) throw new Error("Axion did not start");
    await wait(50);
  }
  return connect(url, await demoToken(url, join(scratch, "demo-accounts.json")));
}

async function end(signal: NodeJS.Signals): Promise<void> {
  const child = running;
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  await ended;
}

async function untilJob(
  api: Api,
  id: string,
  reached: (job: ConversionJob) => boolean,
): Promise<ConversionJob> {
  const deadline = Date.now() + 180_000;
  for (;;) {
    const job = await api.get<ConversionJob>(`/api/v1/conversion/jobs/${id}`);
    if (reached(job)) return job;
    if (Date.now() > deadline) throw new Error(`the job stays ${job.state} at ${job.processed}`);
    await wait(20);
  }
}

async function countLocations(api: Api): Promise<{ rows: number; distinct: number }> {
  const ids = new Set<string>();
  let rows = 0;
  let cursor: string | undefined;
  do {
    const page = await api.get<ListRecordsResponse>(
      `/api/v1/workspace/entities/locations/records?limit=1000${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`,
    );
    rows += page.records.length;
    for (const record of page.records) ids.add(record.recordId);
    cursor = page.nextCursor;
  } while (cursor);
  return { rows, distinct: ids.size };
}

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "axion-kill-"));
  await copyApp(root, ".", scratch);
  port = await freePort();
});

afterAll(async () => {
  await end("SIGTERM");
  await rm(scratch, { recursive: true, force: true });
});

test("a job survives kill -9: no location twice, none missing, every audit entry there", {
  timeout: 400_000,
}, async () => {
  const before = await start();
  const { cities } = await loadSources(before);
  const saved = await before.post<Rule>("/api/v1/conversion/rules", { definition: rule });
  const job = await before.post<ConversionJob>("/api/v1/conversion/jobs", { ruleId: saved.id });
  const seen = await untilJob(before, job.id, ({ processed, state }) => processed > 0 || state !== "queued");
  await end("SIGKILL");
  expect(seen.state).toBe("running");
  expect(seen.processed).toBeLessThan(cities);

  const after = await start();
  const finished = await untilJob(after, job.id, ({ state }) => state !== "queued" && state !== "running");
  expect(finished.state).toBe("completed");
  expect(finished.processed).toBe(cities);
  expect(finished.converted + finished.unchanged + finished.skipped + finished.failed).toBe(cities);
  expect(finished.unchanged).toBe(0);

  const locations = await countLocations(after);
  expect(locations).toEqual({ rows: finished.converted, distinct: finished.converted });

  const deadline = Date.now() + 120_000;
  while ((await auditedRecords(after, { jobId: job.id })) < cities && Date.now() < deadline) await wait(200);
  expect(await auditedRecords(after, { jobId: job.id })).toBe(cities);
});
