import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { open, stat } from "node:fs/promises";
import path from "node:path";
import { DeploymentFailure } from "./deployment-failure.js";

const tailBytes = 64 * 1024;
const toldLines = 8;

export interface Command {
  program: string;
  args: string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** What it writes is added here. */
  logFile: string;
  timeoutMs: number;
  signal: AbortSignal;
}

/**
 * Runs a command to its end. It is ended with all it started where it takes too long or the signal aborts. Throws a
 * `DeploymentFailure` with `code` and the last lines that it wrote where it fails.
 */
export async function runCommand(command: Command, code: string, service?: string): Promise<void> {
  const { program, args, cwd, env, logFile, timeoutMs, signal } = command;
  const output = openLog(logFile);
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ["ignore", output, output] });
  closeSync(output);
  let late = false;
  const kill = () => killGroup(child.pid);
  const timer = setTimeout(() => {
    late = true;
    kill();
  }, timeoutMs);
  signal.addEventListener("abort", kill);
  try {
    const ended = await new Promise<number | string | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (status, by) => resolve(status ?? by));
    });
    signal.throwIfAborted();
    if (ended === 0) return;
    const what = [path.basename(program), ...args.slice(0, 2)].join(" ");
    const why = late ? `took longer than ${timeoutMs / 1000} s` : `ended with ${ended}`;
    throw new DeploymentFailure(code, `${what} ${why}.${await lastWords(logFile)}`, service);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new DeploymentFailure(
      "program_missing",
      `${program} is not found on the machine of the platform.`,
      service,
    );
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", kill);
  }
}

/** A log file that is written at its end, also after it was cut. */
export function openLog(file: string): number {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  return openSync(file, "a", 0o600);
}

/** The last lines of a log; none where there is no log yet. */
export async function lastLines(file: string, count: number): Promise<string[]> {
  const size = await sizeOf(file);
  if (size === 0) return [];
  const handle = await open(file, "r");
  try {
    const begin = Math.max(0, size - Math.max(tailBytes, count * 400));
    const { buffer, bytesRead } = await handle.read({
      buffer: Buffer.alloc(size - begin),
      position: begin,
    });
    const lines = buffer.subarray(0, bytesRead).toString("utf8").split("\n");
    if (begin > 0) lines.shift();
    if (lines.at(-1) === "") lines.pop();
    return lines.slice(-count);
  } finally {
    await handle.close();
  }
}

/** What a program wrote last, to stand behind an error. */
export async function lastWords(logFile: string): Promise<string> {
  const lines = await lastLines(logFile, toldLines);
  return lines.length === 0 ? "" : ` It wrote:\n${lines.join("\n").slice(-2_000)}`;
}

/** Bytes of a file; 0 where there is none. */
export async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
