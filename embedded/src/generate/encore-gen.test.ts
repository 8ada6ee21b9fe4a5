import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { AppModel, Endpoint } from "../model/app-model.js";
import { encoreGenFiles, writeEncoreGen } from "./encore-gen.js";

const endpoint = (part: Partial<Endpoint>): Endpoint => ({
  ...{
    service: "my-svc",
    name: "get",
    kind: "typed",
    methods: ["GET"],
    path: [],
    rawPath: "/",
    expose: true,
    auth: false,
  },
  ...{ sensitive: false, tags: [], bodyLimit: null, place: { file: "my-svc/api.ts", line: 1, column: 1 } },
  ...part,
});

const model = (endpoints: Endpoint[], authHandler?: AppModel["authHandler"]): AppModel =>
  ({
    services: [{ name: "my-svc", dir: "my-svc" }],
    endpoints,
    ...(authHandler ? { authHandler } : {}),
  }) as AppModel;

const textOf = (app: AppModel, path: string) =>
  encoreGenFiles(app).find((file) => file.path === path)?.text ?? "";

test("a call takes data only where its endpoint does", () => {
  const request = {
    kind: "object" as const,
    fields: [{ name: "id", optional: false, type: { kind: "basic" as const, type: "string" as const } }],
  };
  const client = textOf(
    model([endpoint({ name: "one", request }), endpoint({ name: "all" })]),
    "internal/clients/my-svc/endpoints.js",
  );
  expect(client).toContain("async function one(data, options)");
  expect(client).toContain("async function all(options)");
});

test("static files have no client, and services are spelled as identifiers", () => {
  const app = model([endpoint({ name: "files", kind: "static" })]);
  expect(textOf(app, "internal/clients/my-svc/endpoints.js")).not.toContain("files");
  expect(textOf(app, "clients/index.js")).toContain(
    'export * as my_svc from "../internal/clients/my-svc/endpoints.js"',
  );
});

test("without an auth handler there is no auth data", () => {
  expect(textOf(model([]), "internal/auth/auth.ts")).toContain("AuthData = null");
});

test("unchanged files are left alone, and the clients of former services removed", () => {
  const dir = mkdtempSync(join(tmpdir(), "axion-gen-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  writeEncoreGen(dir, model([endpoint({})]));
  const file = join(dir, "encore.gen", "internal", "clients", "my-svc", "endpoints.d.ts");
  utimesSync(file, 1, 1);
  const former = join(dir, "encore.gen", "internal", "clients", "former");
  mkdirSync(former);
  writeFileSync(join(former, "endpoints.d.ts"), "");
  writeEncoreGen(dir, model([endpoint({})]));
  expect(statSync(file).mtimeMs).toBe(1000);
  expect(existsSync(former)).toBe(false);
});
