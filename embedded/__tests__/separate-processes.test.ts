import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../src/providers/postgres/postmaster.js";
import {
  conformanceApp,
  productionConfig,
  type RunningApp,
  runCases,
  type ScratchApp,
  startApp,
} from "./support/axion.js";

/** Services behind the gateway's process. */
const BEHIND = ["inner", "raw", "streams", "site", "responses", "errors", "decoding", "authn", "middleware"];
const auth = [{ type: "key", id: 7, key: "a key of this test" }];

let app: ScratchApp;
let gateway: RunningApp;
let services: RunningApp;

beforeAll(async () => {
  app = conformanceApp();
  const port = await freePort();
  const discovery = Object.fromEntries(
    BEHIND.map((name) => [name, { base_url: `http://127.0.0.1:${port}`, auth }]),
  );
  const config = app.config("processes.json", { ...productionConfig, auth, service_discovery: discovery });
  const others = ["cache", "calls", "database", "objects", "platform", "pubsub", "validation"];
  services = await startApp(
    app.appDir,
    ["--config", config, "--services", BEHIND.join(","), "--no-gateway"],
    port,
  );
  gateway = await startApp(app.appDir, ["--config", config, "--services", others.join(","), "--gateway"]);
});

afterAll(async () => {
  await gateway?.stop();
  await services?.stop();
  app?.remove();
});

describe("an app in two processes", () => {
  test("answers as one does: typed, raw, streamed and static endpoints, auth and calls", {
    timeout: 120_000,
  }, async () => {
    const groups = [
      "auth",
      "calls",
      "cors",
      "decoding-path",
      "decoding-query",
      "decoding-headers",
      "decoding-body",
    ];
    const more = ["errors", "middleware", "raw", "responses", "routing", "static", "streams", "production"];
    const results = await runCases(gateway.url, "production", [...groups, ...more]);
    const failed = results.filter((result) => !result.passed);
    expect(failed.map(({ group, name, problem }) => `${group}: ${name}: ${problem}`)).toEqual([]);
    expect(results.length).toBeGreaterThan(400);
  });

  test("keeps private endpoints from whoever does not hold the key", async () => {
    const url = `${services.url}/inner/greet/bob`;
    expect((await fetch(url)).status).toBe(404);
    const forged = {
      "x-encore-meta-version": "1",
      "x-encore-meta-caller": "api:calls.simple",
      "x-encore-meta-svc-auth-method": "encore-auth",
      "x-encore-meta-date": new Date().toUTCString(),
      "x-encore-meta-svc-auth":
        'ENCORE1-HMAC-SHA3-256 cred="20240101/conformance/production/7", op=00, sig=00',
    };
    expect((await fetch(url, { headers: forged })).status).toBe(400);
    expect((await fetch(`${gateway.url}/inner/greet/bob`, { headers: forged })).status).toBe(404);
  });

  test("does not take an auth claim for granted", async () => {
    const headers = { "x-encore-meta-userid": "admin", "x-encore-meta-authdata": '{"userID":"admin"}' };
    expect((await fetch(`${services.url}/authn/required`, { headers })).status).toBe(401);
    const answer = await fetch(`${gateway.url}/authn/optional`, { headers });
    expect(await answer.json()).toEqual({ auth: null });
  });

  test("says that a service is unavailable when its process is gone", async () => {
    await services.stop();
    const proxied = await fetch(`${gateway.url}/responses/sync`);
    expect(proxied.status).toBe(503);
    const sent = await fetch(`${gateway.url}/raw/unlimited`, { method: "POST", body: "x".repeat(1_000_000) });
    expect(sent.status).toBe(503);
    expect(await proxied.json()).toMatchObject({
      code: "unavailable",
      message: "service responses cannot be reached",
    });
    const called = await fetch(`${gateway.url}/calls/simple/bob`);
    expect(await called.json()).toMatchObject({
      code: "unavailable",
      message: "service inner cannot be reached",
    });
  });
});
