import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { emptyApp, type RunningApp, type ScratchApp, startApp } from "./support/axion.js";

/** Sends as long as it may, and tells how far it got. */
const service = `
import { once } from "node:events";
import { api } from "encore.dev/api";

const MIB = 1024 * 1024;
let written = 0;
let closed = false;
let sent = 0;
let received = 0;

export const state = api({ expose: true, method: "GET", path: "/state" },
  async (): Promise<{ written: number; closed: boolean; sent: number; received: number }> => ({ written, closed, sent, received }));

export const endless = api.raw({ expose: true, method: "GET", path: "/endless" }, async (req, res) => {
  let open = true;
  req.on("close", () => { open = false; closed = true; });
  while (open) {
    await new Promise<void>((resolve) => res.write(Buffer.alloc(MIB), () => resolve()));
    written += MIB;
  }
});

export const slow = api.raw({ expose: true, method: "POST", path: "/slow", bodyLimit: null }, async (req, res) => {
  let waited = false;
  for await (const chunk of req) {
    received += chunk.length;
    if (waited || received < MIB) continue;
    waited = true;
    await once(process, "resume-reading");
  }
  res.end(String(received));
});

export const resume = api({ expose: true, method: "POST", path: "/resume" }, async (): Promise<void> => {
  process.emit("resume-reading" as never);
});

export const events = api.raw({ expose: true, method: "GET", path: "/events" }, async (_req, res) => {
  res.writeHead(200, { "content-type": "text/event-stream" });
  await once(process, "resume-reading");
  res.end("data: 1\\n\\n");
});

export const flood = api.streamOut<{ text: string }>({ expose: true, path: "/flood" }, async (stream) => {
  const text = "x".repeat(64 * 1024);
  for (let n = 0; n < 5_000; n++) {
    await stream.send({ text });
    sent++;
  }
  await stream.close();
});
`;

const MIB = 1024 * 1024;

interface State {
  written: number;
  closed: boolean;
  sent: number;
  received: number;
}

let app: ScratchApp;
let running: RunningApp;

beforeAll(async () => {
  app = emptyApp();
  mkdirSync(join(app.appDir, "flow"));
  writeFileSync(
    join(app.appDir, "flow", "encore.service.ts"),
    'import { Service } from "encore.dev/service";\nexport default new Service("flow");\n',
  );
  writeFileSync(join(app.appDir, "flow", "flow.ts"), service);
  running = await startApp(app.appDir);
});

afterAll(async () => {
  await running?.stop();
  app?.remove();
});

async function state(): Promise<State> {
  return (await (await fetch(`${running.url}/state`)).json()) as State;
}

/** The state once it has stopped changing. */
async function settled(read: (state: State) => number): Promise<number> {
  for (let last = -1; ; ) {
    await delay(100);
    const now = read(await state());
    if (now === last && now > 0) return now;
    last = now;
  }
}

function open(path: string, method = "GET"): ClientRequest {
  const req = request(`${running.url}${path}`, { method });
  req.on("error", () => {});
  return req;
}

test("a raw handler writes no faster than the client reads, and learns that it has gone", async () => {
  const req = open("/endless");
  req.end();
  const [res] = (await once(req, "response")) as [IncomingMessage];
  res.pause();
  expect(await settled(({ written }) => written)).toBeLessThan(64 * MIB);
  expect((await state()).closed).toBe(false);
  req.destroy();
  while (!(await state()).closed) await delay(10);
});

test("a raw body is taken no faster than the handler reads it", async () => {
  const req = open("/slow", "POST");
  let flushed = 0;
  for (let i = 0; i < 64; i++) req.write(Buffer.alloc(MIB), () => flushed++);
  await settled(({ received }) => received);
  expect(flushed).toBeLessThan(32);
  await fetch(`${running.url}/resume`, { method: "POST" });
  req.end();
  const [res] = (await once(req, "response")) as [IncomingMessage];
  const [body] = await res.toArray();
  expect(String(body)).toBe(String(64 * MIB));
});

test("the head of a raw answer goes out before its body", async () => {
  const req = open("/events");
  req.end();
  const [res] = (await once(req, "response")) as [IncomingMessage];
  expect(res.headers["content-type"]).toBe("text/event-stream");
  await fetch(`${running.url}/resume`, { method: "POST" });
  expect(String((await res.toArray()).join(""))).toBe("data: 1\n\n");
});

test("a stream's handler sends no faster than the client reads", async () => {
  const ws = new WebSocket(`${running.url.replace("http", "ws")}/flood`);
  await once(ws, "open");
  ws.pause();
  expect(await settled(({ sent }) => sent)).toBeLessThan(2_000);
  let messages = 0;
  ws.on("message", () => messages++);
  ws.resume();
  await once(ws, "close");
  expect(messages).toBe(5_000);
});
