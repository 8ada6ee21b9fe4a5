import { cpSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Validator } from "@seriousme/openapi-schema-validator";
import { build } from "esbuild";
import ts from "typescript";
import { beforeAll, expect, test } from "vitest";
import { axion, type RunningApp, useApps } from "./support/app.js";

const apps = useApps();
const CONFORMANCE_APP = join(import.meta.dirname, "conformance", "app");
const PACKAGES = join(import.meta.dirname, "..", "..", "node_modules");
let dir: string;

beforeAll(() => {
  dir = join(apps.folder(), "app");
  cpSync(CONFORMANCE_APP, dir, { recursive: true });
  symlinkSync(PACKAGES, join(dir, "node_modules"));
});

/** What a strict front-end project reports of a file. */
function typeErrors(files: string[]): string[] {
  const program = ts.createProgram(files, {
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    noImplicitOverride: true,
    isolatedModules: true,
    verbatimModuleSyntax: true,
    target: ts.ScriptTarget.ES2022,
    lib: ["lib.es2022.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    types: [],
    noEmit: true,
  });
  return ts
    .getPreEmitDiagnostics(program)
    .map((diagnostic) => ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n"));
}

/** Generates a client as text; returns the file. */
async function generateClient(args: string[]): Promise<string> {
  const file = join(apps.folder(), "client.ts");
  const generated = await axion(["gen", "client", "--output", file, ...args], { cwd: dir });
  expect(generated.code, generated.stderr).toBe(0);
  return file;
}

/** Compiles and loads a client. The test knows its methods by name only. */
async function load(file: string): Promise<GeneratedModule> {
  const outfile = file.replace(/\.ts$/, ".mjs");
  await build({ entryPoints: [file], outfile, format: "esm", logLevel: "error" });
  return (await import(pathToFileURL(outfile).href)) as GeneratedModule;
}

interface GeneratedStream extends AsyncIterable<unknown> {
  send(message: unknown): Promise<void>;
  next(): Promise<unknown>;
  response(): Promise<unknown>;
  close(): void;
}

interface GeneratedModule {
  Client: new (
    url: string,
    options?: object,
  ) => Record<string, Record<string, (...args: unknown[]) => Promise<unknown>>>;
  isAPIError(error: unknown): error is { status: number; code: string; message: string };
}

async function all(stream: unknown): Promise<unknown[]> {
  const messages: unknown[] = [];
  for await (const message of stream as GeneratedStream) messages.push(message);
  return messages;
}

test("the client type-checks strictly, and calls, streams, errors and credentials work", async () => {
  const app: RunningApp = await apps.start(["start", "--app", dir]);
  const files = [await generateClient(["--lang", "typescript"]), await generateClient(["--dates", "date"])];
  expect(typeErrors(files)).toEqual([]);
  const { Client, isAPIError } = await load(files[0]!);
  const client = new Client(app.url);
  const signedIn = new Client(app.url, { auth: async () => ({ authorization: "Bearer user-8" }) });

  expect(
    await client.decoding!.headers!({ name: "n", n: 4, b: true, at: "2024-01-01T00:00:00Z" }),
  ).toMatchObject({
    seen: { name: "n", n: 4, b: true },
  });
  expect(await client.responses!.headers!()).toMatchObject({ id: "abc", count: 3, flag: true });
  expect(await signedIn.authn!.required!()).toMatchObject({ auth: { userID: "user-8" } });
  const refused = await client.authn!.required!().catch((error: unknown) => error);
  expect(isAPIError(refused) && [refused.status, refused.code]).toEqual([401, "unauthenticated"]);

  expect(await all(await client.streams!.out!())).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  expect(await ((await client.streams!.outHandshake!("a/b", { n: 3 })) as GeneratedStream).next()).toEqual({
    seen: { id: "a/b", n: 3 },
  });
  const total = (await client.streams!.total!()) as GeneratedStream;
  await total.send({ n: 2 });
  await total.send({ n: 3, last: true });
  expect(await total.response()).toEqual({ total: 5 });
  const echo = (await client.streams!.echo!()) as GeneratedStream;
  await echo.send({ text: "hi" });
  expect(await echo.next()).toEqual({ text: "hi", n: 1 });
  echo.close();
  expect(await echo.next()).toBeUndefined();
  expect(await all(await signedIn.streams!.authed!())).toMatchObject([{ seen: { userID: "user-8" } }]);
  const broken = await all(await client.streams!.outThrows!()).catch((error: unknown) => error);
  expect(isAPIError(broken) && broken.code).toBe("unavailable");

  const dated = new (await load(files[1]!)).Client(app.url);
  expect(await dated.responses!.dates!()).toMatchObject({
    at: new Date("2024-02-29T12:30:15.250Z"),
    inner: { list: [{ at: expect.any(Date) }] },
    map: { k: expect.any(Date) },
  });
  expect(await all(await dated.streams!.outDates!())).toEqual([{ at: new Date(0) }]);
  await app.stop();
});

test("the OpenAPI document is valid, and holds the API with its rules and errors", async () => {
  const printed = await axion(["gen", "client", "--lang", "openapi", "--output", "-"], { cwd: dir });
  const document = JSON.parse(printed.stdout) as {
    openapi: string;
    paths: Record<
      string,
      Record<
        string,
        { operationId: string; security?: unknown[]; parameters?: { name: string; in: string }[] }
      >
    >;
  };
  expect(document.openapi).toMatch(/^3\.1\./);
  const result = await new Validator().validate(structuredClone(document));
  expect(result.errors).toBeUndefined();
  expect(result.valid).toBe(true);
  expect(document.paths["/authn/required"]?.get?.security).toEqual([
    { authorization: [] },
    { apiKey: [] },
    { session: [] },
  ]);
  expect(
    document.paths["/streams/out/{id}"]?.get?.parameters?.map(({ name, in: place }) => [name, place]),
  ).toEqual([
    ["id", "path"],
    ["n", "query"],
    ["X-Head", "header"],
  ]);
  expect(document.paths["/streams/hidden"]).toBeUndefined();
});

test("services can be chosen and left out", async () => {
  const only = await axion(
    ["gen", "client", "--lang", "openapi", "--output", "-", "--services", "raw,streams", "--exclude", "raw"],
    { cwd: dir },
  );
  const { paths } = JSON.parse(only.stdout) as { paths: object };
  expect(Object.keys(paths).every((path) => path.startsWith("/streams"))).toBe(true);
  const unknown = await axion(
    ["gen", "client", "--lang", "openapi", "--output", "-", "--services", "stream"],
    { cwd: dir },
  );
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toContain('"streams"');
});
