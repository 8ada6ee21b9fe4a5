import { execFile } from "node:child_process";
import { chownSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { SetupError } from "../setup-error.js";
import type { Binaries } from "./binaries.js";
import type { RunAs } from "./run-as.js";

const INIT_TIMEOUT_MS = 60_000;

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

/** Makes the data folder under another name first, so that an interrupted first start leaves nothing that looks finished. */
export async function initialise(options: {
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
