import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A random key of this copy of the app, kept in `.axion/key` (0600): signed addresses outlive a restart. */
export function appSecret(appDir: string): string {
  const dir = join(appDir, ".axion");
  const file = join(dir, "key");
  try {
    const kept = readFileSync(file, "utf8").trim();
    if (kept !== "") return kept;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const key = randomBytes(32).toString("base64url");
  mkdirSync(dir, { recursive: true });
  const partial = `${file}.${process.pid}`;
  writeFileSync(partial, `${key}\n`, { mode: 0o600 });
  renameSync(partial, file);
  return key;
}
