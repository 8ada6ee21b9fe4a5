import { utimesSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadApp } from "../src/model/load-app.js";
import { EMPTY_APP, type SampleApp, writeSampleApp } from "./sample-app.js";

const API = `import { api } from "encore.dev/api";
import { SQLDatabase } from "encore.dev/storage/sqldb";
export const db = new SQLDatabase("db", { migrations: "./migrations" });
export const go = api({ path: "/go" }, async (): Promise<void> => {});
`;

function writeApp(): SampleApp {
  return writeSampleApp({
    ...EMPTY_APP,
    "svc/encore.service.ts":
      'import { Service } from "encore.dev/service";\nexport default new Service("svc");\n',
    "svc/api.ts": API,
    "svc/migrations/1_a.up.sql": "SELECT 1;",
  });
}

describe("an app that was loaded before", () => {
  it("is taken from the cache when nothing has changed", async () => {
    using app = writeApp();
    const first = await loadApp({ appDir: app.root });
    const second = await loadApp({ appDir: app.root });
    expect([first.cached, second.cached]).toEqual([false, true]);
    expect(second.model).toEqual(first.model);
    expect(second.fingerprint).toBe(first.fingerprint);
    expect(second.modelFile).toBe(join(app.root, ".axion", "cache", "model.json"));
  });

  it("is taken from the cache when a source was only touched", async () => {
    using app = writeApp();
    const first = await loadApp({ appDir: app.root });
    utimesSync(join(app.root, "svc/api.ts"), new Date(0), new Date(0));
    const second = await loadApp({ appDir: app.root });
    expect([second.cached, second.fingerprint]).toEqual([true, first.fingerprint]);
  });

  it.each([
    ["a source has changed", (app: SampleApp) => app.write("svc/api.ts", API.replace('"/go"', '"/gone"'))],
    ["a source is new", (app: SampleApp) => app.write("svc/more.ts", "export const more = 1;\n")],
    ["a migration is new", (app: SampleApp) => app.write("svc/migrations/2_b.up.sql", "SELECT 2;")],
    ["a setting has changed", (app: SampleApp) => app.write("encore.app", '{ "id": "other" }')],
  ])("is read again when %s", async (_, change) => {
    using app = writeApp();
    const first = await loadApp({ appDir: app.root });
    change(app);
    const second = await loadApp({ appDir: app.root });
    expect(second.cached).toBe(false);
    expect(second.fingerprint).not.toBe(first.fingerprint);
  });

  it("is read again after an error, and reports it each time", async () => {
    using app = writeApp();
    app.write("svc/api.ts", API.replace('"/go"', '"go"'));
    for (let i = 0; i < 2; i++) {
      const { cached, model, diagnostics } = await loadApp({ appDir: app.root });
      expect([cached, model, diagnostics.map((d) => d.code)]).toEqual([false, undefined, ["path-invalid"]]);
    }
  });
});
