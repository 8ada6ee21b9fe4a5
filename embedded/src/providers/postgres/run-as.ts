import { execFileSync, spawnSync } from "node:child_process";
import { lstatSync } from "node:fs";
import { SetupError } from "../setup-error.js";

/** The unprivileged user that Postgres runs as when axion runs as root. */
export interface RunAs {
  name: string;
  uid: number;
  gid: number;
}

/**
 * Postgres refuses to run as root. As an ordinary user: `null`, nothing to
 * change. As root: the owner of the existing data, else of the app, else
 * `postgres`, else `nobody`. A user must have an entry in the user database,
 * which `initdb` looks up.
 */
export function chooseRunAs(options: { appDir: string; dataDir?: string }): RunAs | null {
  if (process.getuid?.() !== 0) return null;
  const owners = [options.dataDir, options.appDir].flatMap((path) => {
    const uid = path === undefined ? undefined : lstatSync(path, { throwIfNoEntry: false })?.uid;
    return uid ? [String(uid)] : [];
  });
  for (const candidate of [...owners, "postgres", "_postgres", "nobody"]) {
    const user = lookUp(candidate);
    if (user !== undefined) return user;
  }
  throw new SetupError("Postgres refuses to run as root, and there is no unprivileged user to run it as", {
    fix: "create one (useradd --system postgres), or start axion as an ordinary user",
  });
}

function lookUp(user: string): RunAs | undefined {
  try {
    const id = (flags: string) =>
      execFileSync("id", [flags, user], {
        encoding: "utf8",
        timeout: 5000,
        stdio: ["ignore", "pipe", "ignore"],
      }).trim();
    const found = { name: id("-un"), uid: Number(id("-u")), gid: Number(id("-g")) };
    return found.uid === 0 ? undefined : found;
  } catch {
    return undefined; // `id` knows no such user
  }
}

/** Whether that user can reach and read the folder; asked of the system, so that it covers access lists too. */
export function canEnter(dir: string, runAs: RunAs | null): boolean {
  const result = spawnSync("/bin/sh", ["-c", 'test -r "$0" && test -x "$0"', dir], {
    uid: runAs?.uid,
    gid: runAs?.gid,
    cwd: "/",
    timeout: 5000,
  });
  if (result.error && (result.error as NodeJS.ErrnoException).code === "EPERM") {
    throw new SetupError(`cannot switch to the user ${runAs?.name} to run Postgres`, {
      fix: "start axion as an ordinary user, or allow the change of user (CAP_SETUID, CAP_SETGID)",
    });
  }
  return result.status === 0;
}
