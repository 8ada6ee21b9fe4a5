import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { readSettings } from "./settings.js";

function configFile(config: unknown): string {
  const dir = mkdtempSync(join(tmpdir(), "axion-config-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, "infra-config.json");
  writeFileSync(file, typeof config === "string" ? config : JSON.stringify(config));
  return file;
}

function read(config: unknown, env: Record<string, string> = {}) {
  return readSettings({ configFile: configFile(config), env });
}

describe("an infra config", () => {
  it("takes values from the environment where it says so", () => {
    const { infra } = read(
      {
        sql_servers: [
          { host: "db:5432", databases: { main: { username: "app", password: { $env: "PW" } } } },
        ],
      },
      { PW: "secret" },
    );
    expect(infra.sql_servers?.[0]?.databases.main).toMatchObject({
      username: "app",
      password: "secret",
      migrations: true,
    });
  });

  it("is refused with all its problems, each with its place", () => {
    const attempt = () =>
      read({
        metadata: { env_type: "staging", base_url: "not a url" },
        sql_servers: [{ host: "db", databases: { main: { username: 7, password: { $env: "MISSING" } } } }],
        object_storage: [{ type: "s3", buckets: { files: {} } }],
        worker_threads: "two",
      });
    for (const part of [
      "metadata.env_type:",
      "metadata.base_url:",
      "sql_servers[0].databases.main.username:",
      "sql_servers[0].databases.main.password: the environment variable MISSING is not set",
      "object_storage[0].region:",
      "object_storage[0].buckets.files.name:",
      "worker_threads:",
    ]) {
      expect(attempt).toThrow(part);
    }
  });

  it("names what to use instead of a provider this host does not have", () => {
    expect(() => read({ pubsub: [{ type: "gcp_pubsub", project_id: "p", topics: {} }] })).toThrow(
      /pubsub\[0\]\.topics: gcp_pubsub is not available on this host: .*kafka/,
    );
    expect(() => read({ object_storage: [{ type: "gcs", buckets: {} }] })).toThrow(
      /gcs is not available on this host/,
    );
  });

  it("is only warned about for keys that nothing reads", () => {
    const { warnings, infra } = read({ metadata: { app_id: "a", colour: "red" }, servers: [] });
    expect(warnings).toHaveLength(2);
    expect(warnings.join()).toContain("unknown key metadata.colour is ignored");
    expect(warnings.join()).toContain("unknown key servers is ignored");
    expect(infra.metadata?.app_id).toBe("a");
  });

  it.each([
    ["{", /is not valid JSON/],
    ["[]", /\(top level\)/],
  ])("is refused when it is %s", (text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  it("is refused when it does not exist", () => {
    expect(() => readSettings({ configFile: "/nowhere/infra.json", env: {} })).toThrow(
      /cannot read the infra config/,
    );
  });
});

describe("the environment", () => {
  it("names a server as Encore's own variables do, or by an address", () => {
    expect(readSettings({ env: {} })).toMatchObject({ adminUrl: undefined, embeddedPostgres: true });
    expect(
      readSettings({
        env: { ENCORE_SQLDB_HOST: "db:6000", ENCORE_SQLDB_USER: "me", ENCORE_SQLDB_PASSWORD: "p/w" },
      }),
    ).toMatchObject({
      adminUrl: "postgresql://me:p%2Fw@db:6000/postgres",
      embeddedPostgres: false,
    });
    expect(readSettings({ env: { AXION_POSTGRES_URL: "postgres://u@h" } }).adminUrl).toBe(
      "postgres://u@h/postgres",
    );
    expect(() => readSettings({ env: { AXION_POSTGRES_URL: "h:5432" } })).toThrow(
      /AXION_POSTGRES_URL is not the address/,
    );
  });
});
