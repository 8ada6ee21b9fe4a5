import { afterAll, beforeAll, expect, test } from "vitest";
import {
  conformanceApp,
  productionConfig,
  type RunningApp,
  runCases,
  type ScratchApp,
  startApp,
} from "./support/axion.js";

let app: ScratchApp;
let running: RunningApp;

beforeAll(async () => {
  app = conformanceApp();
  const config = app.config("threads.json", { ...productionConfig, worker_threads: 3 });
  running = await startApp(app.appDir, ["--config", config]);
});

afterAll(async () => {
  await running?.stop();
  app?.remove();
});

test("an app in three threads answers as in one", { timeout: 120_000 }, async () => {
  const groups = ["auth", "calls", "decoding-query", "decoding-headers", "decoding-body", "errors"];
  const more = ["middleware", "raw", "responses", "validation", "streams", "platform", "database", "pubsub"];
  const results = await runCases(running.url, "production", [...groups, ...more]);
  const failed = results.filter((result) => !result.passed);
  expect(failed.map(({ group, name, problem }) => `${group}: ${name}: ${problem}`)).toEqual([]);
});

test("worker threads take part, and what they answer is counted", async () => {
  for (let i = 0; i < 9; i++) expect((await fetch(`${running.url}/responses/sync`)).status).toBe(200);
  const metrics = await (await fetch(`${running.url}/__axion/metrics`)).text();
  const line = metrics
    .split("\n")
    .find((text) => /requests_total/.test(text) && text.includes('"syncHandler"'));
  expect(Number(line?.split(" ").at(-1))).toBeGreaterThanOrEqual(9);
});
