import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";

/** Whether a process with this id exists (a process of another user counts). */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/**
 * Whether `pid` is a Postgres working in `dataDir`. Process ids are reused
 * (in a container, a restart gives the same small numbers again), so a live
 * process alone proves nothing. Postgres works with its data folder as current
 * directory; the folder is compared by identity, so a moved app is recognised.
 */
export function isPostgresOf(pid: number, dataDir: string): boolean {
  if (!isAlive(pid)) return false;
  return process.platform === "linux" ? linuxProcessIn(pid, dataDir) : otherProcessIn(pid, dataDir);
}

function linuxProcessIn(pid: number, dataDir: string): boolean {
  try {
    const cwd = statSync(`/proc/${pid}/cwd`);
    const data = statSync(dataDir);
    return cwd.ino === data.ino && cwd.dev === data.dev && commandOf(pid).includes("postgres");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ESRCH") return false;
    // Another user's process: its folder is hidden, its command is not. When in doubt it counts as ours:
    // refusing to start is better than two servers on one folder.
    return commandOf(pid).includes("postgres");
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

function otherProcessIn(pid: number, dataDir: string): boolean {
  const command = run("ps", ["-p", String(pid), "-o", "command="]);
  if (!command.includes("postgres")) return false;
  const cwd = /^n(.*)$/m.exec(run("lsof", ["-a", "-p", String(pid), "-d", "cwd", "-Fn"]))?.[1];
  return cwd === undefined ? true : cwd === dataDir || command.includes(dataDir);
}

/** Output of a system tool; empty when it fails, as `ps` does for a process that has just ended. */
function run(command: string, args: string[]): string {
  try {
    return execFileSync(command, args, {
      encoding: "utf8",
      timeout: 3000,
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch {
    return "";
  }
}
