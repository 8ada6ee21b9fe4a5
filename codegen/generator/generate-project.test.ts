import { describe, expect, it } from "vitest";
import { generateProject, type Previous } from "./generate-project.js";
import { checkModel } from "./model/check-model.js";
import type { ProjectModel } from "./model/schema.js";

const types = [
  "string",
  "text",
  "integer",
  "bigint",
  "decimal",
  "number",
  "boolean",
  "uuid",
  "date",
  "timestamp",
  "json",
];
const everything = {
  name: "Thing",
  fields: [
    ...types.map((type) => ({ name: `a${type}`, type, required: type !== "json" })),
    { name: "state", type: "enum", values: ["new", "sold-out"], default: "new" },
    { name: "owner", type: "reference", entity: "Owner", onDelete: "cascade" },
  ],
  filters: ["atimestamp", "abigint", "aboolean", "state", "owner"],
  sort: ["atimestamp", "abigint", "ainteger", "astring"],
  indexes: [{ fields: ["astring", "state"], unique: true }],
};
const owner = {
  name: "Owner",
  fields: [{ name: "name", type: "string", unique: true }],
  operations: ["get"],
};
const operations = [
  { name: "sell", path: "/things/:thingId/sell", input: [{ name: "thingId", type: "uuid", required: true }] },
  {
    name: "count",
    method: "GET",
    input: [
      { name: "from", type: "integer" },
      { name: "all", type: "boolean" },
    ],
  },
];
const model = (...entities: object[]): ProjectModel => {
  const checked = checkModel({
    name: "shop",
    services: [
      { name: "things", port: 3001, entities, operations },
      { name: "bare", port: 3002, runtime: "bun", framework: "elysia" },
      { name: "bun-things", port: 3003, runtime: "bun", framework: "elysia", entities, operations },
    ],
  });
  expect(checked.diagnostics).toEqual([]);
  return checked.model!;
};

describe("a generated project", () => {
  it("has the same bytes for the same model", { timeout: 30_000 }, () => {
    expect(generateProject(model(everything, owner))).toEqual(generateProject(model(everything, owner)));
  });

  it("has only what the model asks for", () => {
    const files = generateProject(model(everything, owner));
    const paths = files.map(({ path }) => path);
    expect(new Set(paths).size).toBe(paths.length);
    expect(
      paths.filter((path) => path.startsWith("services/bare/src/")).map((path) => path.slice(18)),
    ).toEqual([
      "app.ts",
      "config.ts",
      "health.ts",
      "log.ts",
      "main.ts",
      "metrics.ts",
      "problem.ts",
      "request-context.ts",
      "server.ts",
      "telemetry.ts",
      "tracing.ts",
    ]);
    expect(paths).toContain("services/things/src/handlers/things/list-things.ts");
    expect(paths.filter((path) => path.includes("handlers/owners/"))).toHaveLength(4);
    for (const { path, text } of files) {
      expect(text.endsWith("\n"), path).toBe(true);
      expect(text, path).not.toMatch(/\{\{|\[object Object\]/);
    }
  });

  it("imports nothing that is not there", () => {
    const files = new Set(generateProject(model(everything, owner)).map(({ path }) => path));
    for (const { path, text } of generateProject(model(everything, owner))) {
      for (const [, target] of text.matchAll(/from "(\.[^"]+)\.js"/g)) {
        expect(files, `${path} imports ${target}`).toContain(
          new URL(`${target}.ts`, `file:///${path}`).pathname.slice(1),
        );
      }
    }
  });

  it("adds a migration where a new version changes the tables, and none where it does not", () => {
    const first = generateProject(model(owner));
    const previous: Previous = {
      model: model(owner),
      read: (path) => first.find((file) => file.path === path)?.text,
    };
    const migrations = (files: { path: string }[]) =>
      files.map(({ path }) => path).filter((path) => path.startsWith("services/things/migrations/"));
    expect(migrations(first)).toEqual([
      "services/things/migrations/0000_create_tables.sql",
      "services/things/migrations/meta/_journal.json",
    ]);
    expect(migrations(generateProject(model(owner), previous))).toEqual(migrations(first));
    const changed = generateProject(
      model({ ...owner, fields: [...owner.fields, { name: "born", type: "date" }] }),
      previous,
    );
    expect(migrations(changed)).toEqual([
      "services/things/migrations/0000_create_tables.sql",
      "services/things/migrations/0001_change_tables.sql",
      "services/things/migrations/meta/_journal.json",
    ]);
    expect(changed.find(({ path }) => path.endsWith("0001_change_tables.sql"))?.text).toBe(
      'ALTER TABLE "owners" ADD COLUMN "born" date;\n',
    );
  });

  it("takes the migrations of a service along when it is renamed", () => {
    const first = generateProject(model(owner));
    const renamed = model(owner);
    renamed.services[0] = { ...renamed.services[0]!, name: "goods", renamedFrom: "things" };
    const read = (path: string) => first.find((file) => file.path === path)?.text;
    const files = generateProject(renamed, { model: model(owner), read });
    const sql = files.filter(({ path }) => path.startsWith("services/goods/migrations/"));
    expect(sql.map(({ text }) => text)).toEqual(
      ["0000_create_tables.sql", "meta/_journal.json"].map((name) =>
        read(`services/things/migrations/${name}`),
      ),
    );
  });
});
