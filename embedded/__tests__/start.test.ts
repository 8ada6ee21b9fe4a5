import { statSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { axion, COUNTER_APP, until, useApps, write } from "./support/app.js";

const apps = useApps();
let dir: string;

beforeAll(() => {
  dir = apps.create(COUNTER_APP);
});

test("serves the app, keeps its data over restarts and ends in order", async () => {
  const first = await apps.start(["start", "--app", dir]);
  await fetch(`${first.url}/visits/ada`, { method: "POST" });
  expect(first.log).toMatch(/"message":"ready"/);
  const uri = await axion(["db", "conn-uri", "counter", "--role", "owner"], { cwd: dir });
  expect(uri.stdout).toMatch(/^postgresql:\/\/postgres:.+\/counter\n$/);
  expect(await first.stop()).toBe(0);

  const bundle = join(dir, ".axion", "build", "all", "main.mjs");
  const builtAt = statSync(bundle).mtimeMs;
  const client = join(dir, "encore.gen", "clients", "index.js");
  const generatedAt = statSync(client).mtimeMs;
  const second = await apps.start(["start", "--app", dir]);
  expect(await second.json("/visits")).toEqual({ visits: 1 });
  expect(statSync(bundle).mtimeMs).toBe(builtAt);
  expect(statSync(client).mtimeMs).toBe(generatedAt);
  await second.stop();
});

test("stack traces show the lines of the app's sources", async () => {
  const app = await apps.start(["start", "--app", dir]);
  expect((await fetch(`${app.url}/fail`)).status).toBe(500);
  const line =
    COUNTER_APP["counter/counter.ts"].split("\n").findIndex((text) => text.includes("on purpose")) + 1;
  await until(() => app.log.includes(`counter/counter.ts:${line}:`));
  await app.stop();
});

test("a port that is taken is named, with a way to choose another", async () => {
  const app = await apps.start(["start", "--app", dir]);
  const second = await axion(["start", "--app", dir, "--port", String(app.port)]);
  expect(second.code).toBe(1);
  expect(second.stderr).toContain(`port ${app.port} is in use`);
  expect(second.stderr).toContain("--port");
  expect(second.stderr).not.toMatch(/\n\s+at /);
  expect(await app.json("/visits")).toEqual({ visits: 1 });
  await app.stop();
});

test("dev takes over a change, and keeps the last good version when there is an error", async () => {
  const dev = await apps.start(["dev", "--app", dir]);
  const source = COUNTER_APP["counter/counter.ts"];
  const answers = async (visits: number) =>
    ((await dev.json("/visits").catch(() => undefined)) as { visits: number } | undefined)?.visits === visits;
  write(dir, "counter/counter.ts", source.replace("row!.visits }", "row!.visits + 100 }"));
  await until(() => answers(101));
  write(
    dir,
    "counter/counter.ts",
    source
      .replace("row!.visits }", "row!.visits + 200 }")
      .replace("export const fail = api({", "export const fail = api({ nonsense: 1,"),
  );
  await until(() => dev.log.includes("the version that runs is from before this change"));
  expect(dev.log).toMatch(/counter\/counter\.ts:\d+:\d+ .*nonsense/);
  expect(await answers(101)).toBe(true);
  write(dir, "counter/counter.ts", source);
  await until(() => answers(1));
  expect(await dev.stop()).toBe(0);
});
