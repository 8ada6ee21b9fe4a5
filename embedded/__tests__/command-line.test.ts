import { expect, test } from "vitest";
import { axion, useApps, write } from "./support/app.js";

const apps = useApps();

test("a mistyped command or option names the one meant, with the exit code of a usage error", async () => {
  const command = await axion(["strat"]);
  expect(command).toMatchObject({ code: 2, stdout: "" });
  expect(command.stderr).toContain('axion has no command "strat"');
  expect(command.stderr).toContain('"axion start"');
  const option = await axion(["start", "--prot", "1"]);
  expect(option.code).toBe(2);
  expect(option.stderr).toContain("--port");
  const port = await axion(["start", "--app", apps.create({}), "--port", "abc"]);
  expect(port.code).toBe(2);
  expect(port.stderr).toContain('"abc"');
});

test("help and version are printed without an app", async () => {
  expect((await axion(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect((await axion(["--help"])).stdout).toContain("axion COMMAND");
  expect((await axion(["help", "start"])).stdout).toContain("--services a,b");
  expect((await axion(["start", "--help"])).stdout).toContain("--services a,b");
});

test("outside of an app, and in one without packages, the next step is told", async () => {
  const outside = await axion(["start"], { cwd: apps.folder() });
  expect(outside.code).toBe(1);
  expect(outside.stderr).toContain("no encore.app");
  const empty = apps.folder();
  write(empty, "encore.app", '{ "id": "" }');
  write(empty, "package.json", "{}");
  const bare = await axion(["start"], { cwd: empty });
  expect(bare.code).toBe(1);
  expect(bare.stderr).toContain("npm install");
  expect(bare.stderr).not.toMatch(/\n\s+at /);
});

test("check reports every problem with its place, and as JSON", async () => {
  const dir = apps.create({
    "svc/encore.service.ts":
      'import { Service } from "encore.dev/service";\nexport default new Service("svc");\n',
    "svc/svc.ts": [
      'import { api } from "encore.dev/api";',
      'const path = "/a";',
      "export const a = api({ path }, async (): Promise<void> => {});",
      'export const b = api({ path: "b" }, async (): Promise<void> => {});',
    ].join("\n"),
  });
  const text = await axion(["check"], { cwd: dir });
  expect(text.code).toBe(1);
  expect(text.stderr).toMatch(/svc\/svc\.ts:3:\d+ error: /);
  expect(text.stderr).toMatch(/svc\/svc\.ts:4:\d+ error: /);
  expect(text.stderr).toContain('4 | export const b = api({ path: "b" }');
  const json = await axion(["check", "--json"], { cwd: dir });
  expect(json.code).toBe(1);
  const lines = (JSON.parse(json.stdout) as { place?: { line: number } }[]).map(({ place }) => place?.line);
  expect(new Set(lines)).toEqual(new Set([3, 4]));
});

test("a production folder cannot be built over files of another kind", async () => {
  const dir = apps.create({});
  const built = await axion(["build", "--output", "."], { cwd: dir });
  expect(built.code).toBe(1);
  expect(built.stderr).toContain("not a folder that axion built");
});

test("an app adds commands of its own by its package.json", async () => {
  const dir = apps.folder();
  write(dir, "encore.app", '{ "id": "" }');
  write(
    dir,
    "package.json",
    JSON.stringify({
      type: "module",
      axion: { commands: { greet: { summary: "say hello", module: "tools/greet.ts" } } },
    }),
  );
  write(
    dir,
    "tools/greet.ts",
    "export async function main(args: string[]) { console.log(`hello ${args.join(' and ')}`); }",
  );
  expect((await axion(["--help"], { cwd: dir })).stdout).toContain("greet  say hello");
  expect(await axion(["greet", "you", "--all"], { cwd: dir })).toMatchObject({
    code: 0,
    stdout: "hello you and --all\n",
  });
  expect((await axion(["gret"], { cwd: dir })).stderr).toContain('"axion greet"');
});
