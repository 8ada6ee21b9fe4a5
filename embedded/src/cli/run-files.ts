import { accessSync, constants, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { isAlive } from "../providers/postgres/process-check.js";

/** `NAME-PID.json` and `NAME-PID-THREAD.json`. */
const OWNED_FILE = /^[a-z]+-(\d+)(?:-\d+)?\.json$/;

/** Writes a file for the life of this process, where only this user reads it: it may hold passwords. */
export function writeRunFile(appDir: string, name: string, content: unknown): string {
  const dir = writableRunDir(appDir);
  removeAbandonedRunFiles(dir);
  const file = path.join(dir, `${name}.json`);
  rmSync(file, { force: true });
  writeFileSync(file, JSON.stringify(content), { mode: 0o600 });
  process.once("exit", () => rmSync(file, { force: true }));
  return file;
}

/** Removes the files of processes that were killed. */
export function removeAbandonedRunFiles(dir: string): void {
  for (const name of readdirSync(dir)) {
    const pid = Number(OWNED_FILE.exec(name)?.[1]);
    if (pid && !isAlive(pid)) rmSync(path.join(dir, name), { force: true });
  }
}

/** In the app's folder; in the system's for temporary files where the app's is read-only, as in a container. */
function writableRunDir(appDir: string): string {
  const dir = path.join(appDir, ".axion", "run");
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    accessSync(dir, constants.W_OK);
    return dir;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "EACCES" && code !== "EPERM" && code !== "EROFS") throw error;
    return mkdtempSync(path.join(tmpdir(), "axion-run-"));
  }
}
