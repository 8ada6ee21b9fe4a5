import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import type { ProcessLog } from "./process-log.ts";

/** Longest wait for a process that was asked to end. */
const STOP_MS = 15_000;

export interface Command {
  /** Before its lines of the log. */
  name: string;
  program: string;
  arguments: string[];
  folder: string;
  environment: NodeJS.ProcessEnv;
}

export interface RunningProcess {
  /** How it ended: 0 where it did so well. */
  ended: Promise<number>;
  stop(): Promise<void>;
}

/** Starts a program with the project's own tools first on its path. It does not get the terminal's Ctrl-C itself. */
export function startProcess(root: string, command: Command, log: ProcessLog): RunningProcess {
  const tools = path.join(root, "node_modules", ".bin");
  const child = spawn(command.program, command.arguments, {
    cwd: command.folder,
    env: { ...command.environment, PATH: `${tools}${path.delimiter}${process.env.PATH}` },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  log.follow(command.name, child.stdout, child.stderr);
  const ended = once(child, "close").then(
    ([code]) => (typeof code === "number" ? code : 1),
    (error: Error) => {
      log.write(command.name, error.message);
      return 1;
    },
  );
  return {
    ended,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Runs a program to its end. Throws where that is not a good one. */
export async function runProcess(root: string, command: Command, log: ProcessLog): Promise<void> {
  const code = await startProcess(root, command, log).ended;
  if (code !== 0) throw new Error(`${command.name}: ${command.program} ended with ${code}`);
}
