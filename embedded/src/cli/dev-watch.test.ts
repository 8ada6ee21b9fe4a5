import { expect, test } from "vitest";
import { isIgnored } from "./dev-watch.js";

test.each([
  "svc/api.ts",
  "svc/data.json",
  "svc/migrations/1_a.up.sql",
  "encore.app",
  ".secrets.local.cue",
  ".env",
  "infra-config.json",
])("a change of %s restarts the app", (file) => {
  expect(isIgnored(file, true)).toBe(false);
});

test.each([
  "svc/api.test.ts",
  "README.md",
  "node_modules/a/index.js",
  "encore.gen/auth/index.ts",
  ".git/index.json",
  "svc/__tests__/a.ts",
])("a change of %s does not", (file) => {
  expect(isIgnored(file, true)).toBe(true);
});

test("folders that cannot matter are not even entered", () => {
  expect(["node_modules", ".axion", "svc/__tests__"].map((dir) => isIgnored(dir, false))).toEqual([
    true,
    true,
    true,
  ]);
  expect(["svc", "svc/domain"].map((dir) => isIgnored(dir, false))).toEqual([false, false]);
});
