import { afterAll, beforeAll, expect, test } from "vitest";
import { conformanceDifferences } from "./conformance-differences.js";
import {
  type CaseResult,
  conformanceApp,
  productionConfig,
  runCases,
  type ScratchApp,
  startApp,
} from "./support/axion.js";

let app: ScratchApp;

beforeAll(() => {
  app = conformanceApp();
});

afterAll(() => app.remove());

function unexpected(results: CaseResult[]): string[] {
  const known = new Set(conformanceDifferences.map(({ group, name }) => `${group}: ${name}`));
  return results
    .filter((result) => !result.passed && !known.has(`${result.group}: ${result.name}`))
    .map((result) => `${result.group}: ${result.name}: ${result.problem}`);
}

test("answers every case as the official runtime does in development", { timeout: 180_000 }, async () => {
  const running = await startApp(app.appDir);
  const results = await runCases(running.url, "development").finally(running.stop);
  expect(unexpected(results)).toEqual([]);
  expect(results.length).toBeGreaterThanOrEqual(580);
});

test("answers every case as the official runtime does in production", { timeout: 180_000 }, async () => {
  const config = app.config("production.json", productionConfig);
  const running = await startApp(app.appDir, ["--config", config]);
  const results = await runCases(running.url, "production").finally(running.stop);
  expect(unexpected(results)).toEqual([]);
  expect(results.length).toBeGreaterThanOrEqual(600);
});
