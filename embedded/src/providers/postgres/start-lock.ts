import { linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { SetupError } from "../setup-error.js";
import { isAlive } from "./process-check.js";

/** No holder needs this long: an older lock was left by a process whose id has been reused. */
const STALE_MS = 120_000;
const WAIT_MS = 130_000;

let heldHere: Promise<unknown> = Promise.resolve();

/** Runs `work` while no other process (or caller in this one) is inside the same lock file. */
export async function withStartLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const turn = heldHere.then(() => locked(file, work));
  heldHere = turn.catch(() => undefined);
  return turn;
}

async function locked<T>(file: string, work: () => Promise<T>): Promise<T> {
  await take(file);
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

async function take(file: string): Promise<void> {
  const mine = `${file}.${process.pid}`;
  const deadline = Date.now() + WAIT_MS;
  writeFileSync(mine, String(process.pid));
  try {
    while (!tryLink(mine, file)) {
      if (isStale(file)) discard(file);
      else if (Date.now() > deadline) {
        throw new SetupError(
          `another process is starting the embedded Postgres and does not finish (lock ${file})`,
          {
            fix: "end that process, or delete the lock file if there is none",
          },
        );
      } else await delay(20);
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/** A hard link appears with its content at once, so a reader never sees a lock without its owner. */
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function isStale(file: string): boolean {
  try {
    const pid = Number(readFileSync(file, "utf8"));
    // Callers in this process queue before they get here: a lock with our own id was left by a predecessor.
    return pid === process.pid || !isAlive(pid) || Date.now() - statSync(file).mtimeMs > STALE_MS;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

/** Moves the lock away first: of several waiters only one succeeds, and none deletes a successor's lock. */
function discard(file: string): void {
  const aside = `${file}.stale-${process.pid}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if (!isStale(aside)) {
    tryLink(aside, file);
  }
  rmSync(aside, { force: true });
}
