import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { InputSnapshot } from "./input-snapshot.js";

const HOUR_AGO = new Date(Date.now() - 3_600_000);
let dir: string;
let snapshot: InputSnapshot;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "axion-snapshot-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  mkdirSync(join(dir, "svc"));
  write("svc/a.ts", "1");
  write("base.json", "{}");
  write("tsconfig.json", '{ "extends": "./base" }');
  const taken = InputSnapshot.take(dir, [join(dir, "svc", "a.ts")], Date.now());
  snapshot = InputSnapshot.fromJson(JSON.parse(JSON.stringify(taken.toJson())));
});

function write(file: string, text: string): void {
  writeFileSync(join(dir, file), text);
  utimesSync(join(dir, file), HOUR_AGO, HOUR_AGO);
}

test("is current as long as nothing changes, and when a file is only touched", () => {
  expect(snapshot.isCurrent()).toBe(true);
  utimesSync(join(dir, "svc/a.ts"), new Date(), new Date());
  expect(snapshot.isCurrent()).toBe(true);
});

test.each([
  ["an input", "svc/a.ts", "22"],
  ["what the settings extend", "base.json", '{ "compilerOptions": {} }'],
  ["settings that were not there", "svc/tsconfig.json", "{}"],
  ["a module that may take precedence", "svc/b.ts", ""],
])("notices a change of %s", (_what, file, text) => {
  write(file, text);
  expect(snapshot.isCurrent()).toBe(false);
});

test("does not trust a file that changed while it was being read", () => {
  const during = InputSnapshot.take(dir, [join(dir, "svc", "a.ts")], HOUR_AGO.getTime() - 1);
  expect(during.isCurrent()).toBe(false);
});
