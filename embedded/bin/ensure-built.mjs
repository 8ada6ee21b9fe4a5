// Keeps dist/ up to date with src/: a fast look at file times, and a build when they changed.
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const LOCK_TIMEOUT_MS = 120_000;
const STALE_LOCK_MS = 60_000;

/** Builds dist/ unless it was made from exactly these sources. Safe when several processes start at once. */
export async function ensureBuilt(packageDir) {
  const distDir = path.join(packageDir, "dist");
  const stampFile = path.join(distDir, "stamp");
  if (readText(stampFile) === fingerprint(packageDir)) return;
  mkdirSync(distDir, { recursive: true });
  const release = await lock(path.join(distDir, ".lock"));
  try {
    const stamp = fingerprint(packageDir);
    if (readText(stampFile) === stamp) return;
    const { buildHost } = await import("./build-host.mjs");
    try {
      await buildHost({ packageDir, distDir });
    } catch (error) {
      if (!existsSync(path.join(distDir, "cli.mjs"))) throw error;
      console.error("warning: the sources of axion do not build (see above); this is the build before");
      return;
    }
    writeAtomically(stampFile, stamp);
  } finally {
    release();
  }
}

function fingerprint(packageDir) {
  const hash = createHash("sha1");
  const add = (file) => {
    const { mtimeMs, size } = statSync(file);
    hash.update(`${file}\0${mtimeMs}\0${size}\n`);
  };
  const walk = (dir) => {
    for (const entry of readdirSync(dir, { withFileTypes: true })) {
      const file = path.join(dir, entry.name);
      if (entry.isDirectory()) walk(file);
      else if (!entry.name.endsWith(".test.ts")) add(file);
    }
  };
  walk(path.join(packageDir, "src"));
  walk(path.join(packageDir, "bin"));
  add(path.join(packageDir, "package.json"));
  return hash.digest("hex");
}

function readText(file) {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

function writeAtomically(file, text) {
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, text);
  renameSync(temporary, file);
}

/** A lock folder; one left behind by a killed process is taken over. */
async function lock(dir) {
  const deadline = Date.now() + LOCK_TIMEOUT_MS;
  for (;;) {
    try {
      mkdirSync(dir);
      return () => rmSync(dir, { recursive: true, force: true });
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    if (isStale(dir)) {
      rmSync(dir, { recursive: true, force: true });
      continue;
    }
    if (Date.now() > deadline)
      throw new Error(`Another process has been building for too long; remove ${dir} and try again`);
    await delay(50);
  }
}

function isStale(dir) {
  try {
    return Date.now() - statSync(dir).mtimeMs > STALE_LOCK_MS;
  } catch (error) {
    if (error.code === "ENOENT") return false;
    throw error;
  }
}
