import { existsSync, realpathSync } from "node:fs";
import path from "node:path";
import { findInstalledPackage } from "./installed-package.js";
import { UserError } from "./user-error.js";

/** The folder with `encore.app`: the one given, or the nearest one above the current folder. */
export function findAppRoot(given: string | undefined): string {
  if (given !== undefined) {
    const dir = path.resolve(given);
    if (!existsSync(path.join(dir, "encore.app"))) {
      throw new UserError(`${dir} has no encore.app file`, {
        fix: "--app takes the folder that holds encore.app",
      });
    }
    return realpathSync(dir);
  }
  const dir = appAbove(process.cwd());
  if (dir !== undefined) return realpathSync(dir);
  throw new UserError(`no encore.app in ${process.cwd()} or above it`, {
    fix: "Go into the folder of an Encore.ts app, or name it: --app DIR",
  });
}

/** The nearest folder from this one up that holds an app; undefined where there is none. */
export function appAbove(start: string): string | undefined {
  for (let dir = start; ; dir = path.dirname(dir)) {
    if (existsSync(path.join(dir, "encore.app"))) return dir;
    if (dir === path.dirname(dir)) return undefined;
  }
}

/** Refuses an app whose packages are not installed, naming the command that installs them. */
export function requirePackages(appDir: string): void {
  if (findInstalledPackage(appDir, "encore.dev")) return;
  const command = existsSync(path.join(appDir, "node_modules"))
    ? "npm install encore.dev"
    : installCommand(appDir);
  throw new UserError("the app's packages are not installed: encore.dev is missing", {
    fix: `Run: ${command} (in ${appDir})`,
  });
}

const LOCK_FILES: [file: string, command: string][] = [
  ["pnpm-lock.yaml", "pnpm install"],
  ["yarn.lock", "yarn install"],
  ["bun.lock", "bun install"],
  ["bun.lockb", "bun install"],
];

function installCommand(appDir: string): string {
  return LOCK_FILES.find(([file]) => existsSync(path.join(appDir, file)))?.[1] ?? "npm install";
}
