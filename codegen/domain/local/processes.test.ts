import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { choosePorts } from "./ports.js";
import { findProcesses, startService, stopProcesses } from "./processes.js";
import { lastLines, runCommand } from "./run-command.js";

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "axion-processes-"));
  onTestFinished(async () => {
    await rm(folder, { recursive: true, force: true });
  });
  return folder;
}

const started = (root: string, deploymentId: string, service: string) =>
  startService({
    root,
    deploymentId,
    service,
    program: process.execPath,
    args: ["-e", "console.log('up'); setInterval(() => {}, 1000)"],
    cwd: root,
    env: { PATH: process.env.PATH },
    logFile: path.join(root, "logs", `${service}.log`),
  });

it("finds processes by their marks, and stops those of one deployment alone", async () => {
  const root = await newFolder();
  await Promise.all([
    started(root, "one", "orders"),
    started(root, "one", "stock"),
    started(root, "two", "mail"),
  ]);
  onTestFinished(() => stopProcesses(root, "two"));
  await vi.waitFor(async () => expect(await findProcesses(root)).toHaveLength(3));
  expect((await findProcesses(root, "one")).map(({ service }) => service).toSorted()).toEqual([
    "orders",
    "stock",
  ]);
  await stopProcesses(root, "one");
  expect((await findProcesses(root)).map(({ service }) => service)).toEqual(["mail"]);
  expect(await findProcesses(await newFolder())).toEqual([]);
});

it("ends a command that takes too long, and tells what it wrote last", async () => {
  const cwd = await newFolder();
  const logFile = path.join(cwd, "build.log");
  const command = {
    program: process.execPath,
    args: ["-e", "console.log('almost'); setInterval(() => {}, 1000)"],
    cwd,
    env: {},
    logFile,
    signal: new AbortController().signal,
  };
  await expect(runCommand({ ...command, timeoutMs: 2_000 }, "build_failed")).rejects.toMatchObject({
    code: "build_failed",
    message: expect.stringContaining("almost"),
  });
  expect(await lastLines(logFile, 10)).toEqual(["almost"]);
  const missing = runCommand({ ...command, program: "no-such-program", timeoutMs: 2_000 }, "build_failed");
  await expect(missing).rejects.toMatchObject({ code: "program_missing" });
});

it("gives services the ports that were asked for and free ones, and names a taken one", async () => {
  const server = createServer();
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
  const { port: taken } = server.address() as { port: number };
  await expect(choosePorts(["orders"], { orders: taken })).rejects.toMatchObject({
    code: "port_taken",
    service: "orders",
    message: expect.stringContaining(String(taken)),
  });
  const ports = await choosePorts(["orders", "stock"], {});
  expect(new Set(ports.values()).size).toBe(2);
});
