import { createHash, randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { SetupError } from "../setup-error.js";
import { runningPostmaster } from "./postmaster.js";
import { canEnter, chooseRunAs, type RunAs } from "./run-as.js";

/** Where root keeps data of an app whose own folder the unprivileged user cannot enter. */
const ROOT_STATE_DIRS = ["/var/lib/axion", "/var/tmp/axion"];

/** Names the app that the data belongs to. */
const HOME_FILE = "app-home";

/** What is kept of an app's embedded server between starts, in `.axion/postgres/server.json` (0600). */
export interface ServerState {
  /** Absolute, or relative to `.axion/postgres` so that the app may be moved. */
  dataDir: string;
  port: number;
  password: string;
}

export interface ServerPaths {
  /** `.axion/postgres` */
  home: string;
  state: string;
  lock: string;
  log: string;
  clients: string;
}

export function serverPaths(appDir: string): ServerPaths {
  const home = join(appDir, ".axion", "postgres");
  return {
    home,
    state: join(home, "server.json"),
    lock: join(home, "start.lock"),
    log: join(home, "server.log"),
    clients: join(home, "clients"),
  };
}

export function readState(paths: ServerPaths): ServerState | undefined {
  let text: string;
  try {
    text = readFileSync(paths.state, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const state = JSON.parse(text) as ServerState;
    if (
      typeof state.port === "number" &&
      typeof state.password === "string" &&
      typeof state.dataDir === "string"
    )
      return state;
  } catch {
    // falls through to the error below
  }
  throw new SetupError(`${paths.state} is damaged`, {
    fix: `restore it, or delete ${paths.home} to begin with empty databases`,
  });
}

export function writeState(paths: ServerPaths, state: ServerState): void {
  const partial = `${paths.state}.partial`;
  writeFileSync(partial, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(partial, paths.state);
}

export function dataDirOf(paths: ServerPaths, state: ServerState): string {
  return resolve(paths.home, state.dataDir);
}

export function newPassword(): string {
  return randomBytes(24).toString("base64url");
}

/**
 * Decides where a new app's data goes: under `.axion/postgres`, unless Postgres
 * runs as a user that cannot get there.
 */
export function chooseDataDir(appDir: string, paths: ServerPaths): { dataDir: string; runAs: RunAs | null } {
  const runAs = chooseRunAs({ appDir });
  if (runAs === null) return { dataDir: "data", runAs };
  chmodSync(paths.home, 0o711);
  const probe = join(paths.home, "reachable");
  if (ownDir(probe, runAs) && canEnter(probe, runAs)) {
    rmSync(probe, { recursive: true });
    return { dataDir: "data", runAs };
  }
  rmSync(probe, { recursive: true, force: true });
  const key = createHash("sha256").update(appDir).digest("hex").slice(0, 16);
  for (const root of ROOT_STATE_DIRS) {
    const dir = join(root, key);
    if (!ownDir(dir, runAs) || !canEnter(dir, runAs)) continue;
    removeLeftovers(root);
    writeFileSync(join(dir, HOME_FILE), paths.home);
    return { dataDir: join(dir, "data"), runAs };
  }
  throw new SetupError(
    `the user ${runAs.name}, which Postgres runs as, cannot enter ${paths.home} nor ${ROOT_STATE_DIRS.join(", ")}`,
    {
      fix: "start axion as an ordinary user, or move the app to a folder other users can enter",
    },
  );
}

/** Data of apps that lay in the temporary folder and are gone. Of any other app the folder may just not be mounted. */
function removeLeftovers(root: string): void {
  for (const name of readdirSync(root)) {
    const file = join(root, name, HOME_FILE);
    const home = existsSync(file) ? readFileSync(file, "utf8") : undefined;
    const isLeftover = home?.startsWith(`${tmpdir()}/`) && !existsSync(home);
    if (!isLeftover || runningPostmaster(join(root, name, "data")) !== undefined) continue;
    rmSync(join(root, name), { recursive: true, force: true });
  }
}

/** Creates a folder that belongs to the user; false where the file system does not allow it. */
function ownDir(dir: string, runAs: RunAs): boolean {
  try {
    mkdirSync(join(dir, ".."), { recursive: true, mode: 0o755 });
    mkdirSync(dir, { recursive: true, mode: 0o711 });
    chownSync(dir, runAs.uid, runAs.gid);
    return true;
  } catch {
    return false; // read-only or foreign file system: the caller tries the next place
  }
}
