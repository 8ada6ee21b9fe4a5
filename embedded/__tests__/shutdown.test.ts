import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { conformanceApp, type RunningApp, type ScratchApp, startApp } from "./support/axion.js";

let app: ScratchApp;
let running: RunningApp;

beforeAll(() => {
  app = conformanceApp();
});

afterAll(() => app.remove());

beforeEach(async () => {
  running = await startApp(app.appDir);
});

afterEach(async () => {
  await running.stop();
});

/** A request whose body is still under way: its handler runs until `end` is called. */
async function openRequest(): Promise<ClientRequest> {
  const req = request(`${running.url}/raw/echo/open`, {
    method: "POST",
    headers: { "transfer-encoding": "chunked" },
  });
  req.on("error", () => {});
  req.write("first ");
  while (!running.log().includes('"endpoint":"echo"')) await delay(10);
  return req;
}

async function refusesConnections(): Promise<void> {
  const open = (): Promise<boolean> =>
    fetch(`${running.url}/__encore/healthz`).then(
      () => true,
      () => false,
    );
  while (await open()) await delay(10);
}

test("finishes what it has begun, takes nothing new, and ends with 0", async () => {
  const req = await openRequest();
  const exited = once(running.process, "exit");
  running.process.kill("SIGTERM");
  await refusesConnections();
  const answered = once(req, "response") as Promise<[IncomingMessage]>;
  req.end("second");
  const [res] = await answered;
  expect(res.statusCode).toBe(200);
  res.resume();
  expect(await exited).toEqual([0, null]);
});

test("ends at once on a second signal", async () => {
  await openRequest();
  const exited = once(running.process, "exit");
  running.process.kill("SIGTERM");
  await refusesConnections();
  running.process.kill("SIGTERM");
  expect(await exited).toEqual([143, null]);
});

test("cuts off what does not end in time, with an exit code that says so", async () => {
  await running.stop();
  const config = app.config("short.json", {
    metadata: { env_type: "development" },
    graceful_shutdown: { total: 1 },
  });
  running = await startApp(app.appDir, ["--config", config]);
  await openRequest();
  const exited = once(running.process, "exit");
  running.process.kill("SIGTERM");
  expect(await exited).toEqual([1, null]);
});
