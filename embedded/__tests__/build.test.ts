import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { axion, COUNTER_APP, run, useApps, write } from "./support/app.js";

const apps = useApps();

const SECRET = `import { secret } from "encore.dev/config";
import { api } from "encore.dev/api";
const greeting = secret("Greeting");
export const greet = api({ method: "GET", path: "/greet", expose: true }, async (): Promise<{ text: string }> => ({ text: greeting() }));
`;

test("a production folder runs by itself, and not without its secrets or databases", async () => {
  const dir = apps.create({ ...COUNTER_APP, "counter/greet.ts": SECRET });
  const out = join(apps.folder(), "out");
  write(
    dir,
    "package.json",
    '{ "name": "sample", "version": "1.2.3", "type": "module", "dependencies": { "encore.dev": "^1.0.0" } }',
  );
  const built = await axion(["build", "--output", out], { cwd: dir });
  expect(built.code, built.stderr).toBe(0);
  expect(JSON.parse(readFileSync(join(out, "package.json"), "utf8"))).toMatchObject({
    name: "sample",
    dependencies: { "encore.dev": expect.stringMatching(/^\d+\.\d+\.\d+$/) },
  });
  expect(readFileSync(join(out, "Dockerfile"), "utf8")).toMatch(/USER node[\s\S]*HEALTHCHECK/);
  symlinkSync(join(dir, "node_modules"), join(out, "node_modules"));

  const alone = await run([join(out, "start.mjs")]);
  expect(alone.code).toBe(1);
  expect(alone.stderr).toContain("no database server is configured");

  const source = await apps.start(["start", "--app", dir]);
  const uri = (await axion(["db", "conn-uri", "counter", "--role", "owner"], { cwd: dir })).stdout.trim();
  const server = { AXION_POSTGRES_URL: uri.replace(/\/counter$/, "/postgres") };
  const unset = await run([join(out, "start.mjs")], { env: server });
  expect(unset.code).toBe(1);
  expect(unset.stderr).toContain("Greeting");

  const production = await apps.start([join(out, "start.mjs")], { env: { ...server, Greeting: "hello" } });
  expect(await production.json("/greet")).toEqual({ text: "hello" });
  await fetch(`${production.url}/visits/ada`, { method: "POST" });
  expect(await production.json("/visits")).toEqual({ visits: 1 });
  const failure = (await production.json("/fail")) as { internal_message?: string };
  expect(failure.internal_message ?? null).toBeNull();
  expect(await production.stop()).toBe(0);
  await source.stop();

  expect((await axion(["build", "--output", out], { cwd: dir })).code).toBe(0);
});
