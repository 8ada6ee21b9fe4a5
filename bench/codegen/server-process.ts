import { execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "../lib/process.ts";

/** How a server is started. */
export interface ServerCommand {
  program: string;
  args: string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
}

export interface StartedServer {
  pid: number;
  port: number;
  /** From the start of the process to the end of its first answer. */
  firstAnswerMs: number;
  stop(): Promise<void>;
}

/** Memory of a process, in MB: resident, and with what it shares counted in parts (Linux only, else the same). */
export interface Memory {
  rss: number;
  pss: number;
}

/** Starts a server and asks it until it answers this path with 200. Throws after 30 s. */
export async function startServer(command: ServerCommand, path: string): Promise<StartedServer> {
  const port = await freePort();
  const began = performance.now();
  const child = spawn(command.program, command.args, {
    cwd: command.cwd,
    env: { ...process.env, ...command.env, PORT: String(port) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-20_000);
    });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  while ((await statusOf(port, path)) !== 200) {
    if (child.exitCode !== null || performance.now() - began > 30_000) {
      child.kill("SIGKILL");
      throw new Error(`${command.program} ${command.args.join(" ")} did not answer:\n${output}`);
    }
    await delay(1);
  }
  return {
    pid: child.pid!,
    port,
    firstAnswerMs: performance.now() - began,
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await ended;
      clearTimeout(timer);
    },
  };
}

function statusOf(port: number, path: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const asked = request({ port, path, host: "127.0.0.1", agent: false, timeout: 5_000 }, (response) => {
      response.resume().once("end", () => resolve(response.statusCode));
    });
    asked.once("error", () => resolve(undefined));
    asked.end();
  });
}

export function memoryOf(pid: number): Memory {
  if (process.platform !== "linux") {
    const rss = Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" })) / 1024;
    return { rss, pss: rss };
  }
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0);
  return { rss: kilobytes("Rss") / 1024, pss: kilobytes("Pss") / 1024 };
}
