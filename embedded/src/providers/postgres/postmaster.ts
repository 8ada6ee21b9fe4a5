import { spawn } from "node:child_process";
import { closeSync, existsSync, fchmodSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { SetupError } from "../setup-error.js";
import type { Binaries } from "./binaries.js";
import { isAlive, isPostgresOf } from "./process-check.js";
import type { RunAs } from "./run-as.js";

/** Long enough for crash recovery of a large database. */
const BOOT_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 15_000;

export interface Postmaster {
  pid: number;
  port: number;
  status: string;
}

/** The server running on a data folder, by its pid file. A file whose process is gone, or is another program, does not count. */
export function runningPostmaster(dataDir: string): Postmaster | undefined {
  let lines: string[];
  try {
    lines = readFileSync(join(dataDir, "postmaster.pid"), "utf8").split("\n");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const pid = Math.abs(Number(lines[0]));
  if (!Number.isInteger(pid) || pid === 0 || !isPostgresOf(pid, dataDir)) return undefined;
  return { pid, port: Number(lines[3]), status: (lines[7] ?? "starting").trim() };
}

/** Whether something takes connections: a server that was killed a moment ago still has a process, but no port. */
async function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", timeout: 1000 });
    const end = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", end(true)).once("error", end(false)).once("timeout", end(false));
  });
}

/** Waits out a server that is starting, stopping or dying; `undefined` when it is gone. */
export async function settledPostmaster(dataDir: string): Promise<Postmaster | undefined> {
  const deadline = Date.now() + BOOT_TIMEOUT_MS;
  for (;;) {
    const running = runningPostmaster(dataDir);
    if (running === undefined || (running.status === "ready" && (await accepts(running.port))))
      return running;
    if (Date.now() > deadline) {
      throw new SetupError(
        `the Postgres server on ${dataDir} (process ${running.pid}) has been ${running.status || "starting"} for two minutes`,
        {
          fix: "look at .axion/postgres/server.log, or end that process",
        },
      );
    }
    await delay(10);
  }
}

/** Boots the server detached from this process, so that it outlives a kill, and waits until it takes connections. */
export async function bootPostmaster(options: {
  binaries: Binaries;
  dataDir: string;
  port: number;
  logFile: string;
  runAs: RunAs | null;
}): Promise<Postmaster> {
  const { binaries, dataDir, port, logFile, runAs } = options;
  // Nothing lives here (the caller checked): a left-over file would stop Postgres if its process id is in use again.
  rmSync(join(dataDir, "postmaster.pid"), { force: true });
  const log = openSync(logFile, "w", 0o600);
  fchmodSync(log, 0o600);
  const settings = [
    `port=${port}`,
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "wal_level=logical",
    "max_connections=300",
  ];
  const child = spawn(binaries.postgres, ["-D", dataDir, ...settings.flatMap((setting) => ["-c", setting])], {
    detached: true,
    stdio: ["ignore", log, log],
    cwd: dataDir,
    env: { PATH: process.env.PATH, LANG: "C", LC_ALL: "C", TZ: process.env.TZ },
    uid: runAs?.uid,
    gid: runAs?.gid,
  });
  closeSync(log);
  let ended: string | undefined;
  child.once("error", (error) => (ended = error.message));
  child.once("exit", (code, signal) => (ended = signal ?? `exit code ${code}`));
  child.unref();

  const deadline = Date.now() + BOOT_TIMEOUT_MS;
  while (ended === undefined) {
    const running = runningPostmaster(dataDir);
    if (running?.status === "ready" && running.pid === child.pid) return running;
    if (Date.now() > deadline) ended = "not ready after two minutes";
    await delay(10);
  }
  throw bootFailure(readFileSync(logFile, "utf8"), ended, { port, logFile, dataDir });
}

/** Why a boot failed, as far as a second try can help. */
export class BootError extends SetupError {
  constructor(
    message: string,
    readonly kind: "port-in-use" | "still-in-use" | "other",
    fix?: string,
  ) {
    super(message, { fix });
  }
}

function bootFailure(
  log: string,
  ended: string,
  at: { port: number; logFile: string; dataDir: string },
): BootError {
  const fatal = log.split("\n").filter((line) => /\b(FATAL|PANIC|ERROR|HINT):/.test(line));
  const reason =
    fatal.map((line) => line.replace(/^.*?\b(FATAL|PANIC|ERROR|HINT): +/, "")).join("; ") ||
    log.trim().split("\n").at(-1) ||
    ended;
  if (/could not bind|Address already in use|could not create any TCP\/IP sockets/.test(log)) {
    return new BootError(`port ${at.port} is in use: ${reason}`, "port-in-use");
  }
  if (/pre-existing shared memory block|lock file .* already exists|is still in use/.test(log)) {
    return new BootError(
      `the data folder ${at.dataDir} is in use: ${reason}`,
      "still-in-use",
      "end the Postgres processes left over on it",
    );
  }
  const fix = /No space left on device/.test(log)
    ? "free some disk space"
    : /incompatible with server/.test(log)
      ? "the data was made by another major version: move .axion/postgres away to begin with empty databases, or use that version"
      : /wrong ownership|invalid permissions|Permission denied/.test(log)
        ? `the data belongs to another user: start axion as the user that owns ${at.dataDir}, or as root`
        : `the whole log is in ${at.logFile}`;
  return new BootError(`the embedded Postgres did not start: ${reason}`, "other", fix);
}

/** Stops a server: open transactions are rolled back; a checkpoint makes the next start quick. */
export async function stopPostmaster(dataDir: string): Promise<void> {
  const running = runningPostmaster(dataDir);
  if (running === undefined) return;
  for (const signal of ["SIGINT", "SIGQUIT"] as const) {
    signalProcess(running.pid, signal);
    const deadline = Date.now() + STOP_TIMEOUT_MS;
    while (Date.now() < deadline) {
      if (!isAlive(running.pid) || !existsSync(join(dataDir, "postmaster.pid"))) return;
      await delay(10);
    }
  }
}

/** Ends processes of a killed server that still hold its shared memory, as one in a long query does. */
export function endOrphans(dataDir: string): void {
  if (process.platform !== "linux") return;
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (Number.isInteger(pid) && pid > 1 && pid !== process.pid && isPostgresOf(pid, dataDir))
      signalProcess(pid, "SIGQUIT");
  }
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** A TCP port of the loopback interface that nothing listens on. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        address !== null && typeof address === "object"
          ? resolve(address.port)
          : reject(new Error("no port")),
      );
    });
  });
}
