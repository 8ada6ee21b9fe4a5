import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isAlive } from "./process-check.js";

/** One file for each process that uses the server, so that the last one to leave can stop it. */
export function takeLease(dir: string): void {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, String(process.pid)), "");
}

/** Gives the lease back and says whether nobody else holds one. Leases of killed processes are cleared. */
export function returnLease(dir: string): { last: boolean } {
  rmSync(join(dir, String(process.pid)), { force: true });
  let others = 0;
  for (const name of readdirSync(dir)) {
    if (isAlive(Number(name))) others++;
    else rmSync(join(dir, name), { force: true });
  }
  return { last: others === 0 };
}
