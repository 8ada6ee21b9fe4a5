import { existsSync, readFileSync, realpathSync } from "node:fs";
import path from "node:path";
import { findInstalledPackage } from "../installed-package.js";
import { UserError } from "../user-error.js";
import { type LockFile, pruneLock } from "./lock-file.js";

export interface ProductionPackage {
  packageJson: {
    name: string;
    version: string;
    private: true;
    type: "module";
    scripts: Record<string, string>;
    dependencies: Record<string, string>;
  };
  lockFile: LockFile | undefined;
  warnings: string[];
}

interface PackageJson {
  name?: string;
  version?: string;
  dependencies?: Record<string, string>;
}

/** Packages that a production folder has otherwise: the Node that runs it, and the host. */
const NOT_NEEDED = new Set(["node", "axion-embedded"]);

/** The `package.json` of a production folder: the app's dependencies in the versions installed, and their lock. */
export function productionPackage(appDir: string): ProductionPackage {
  const app = readJson<PackageJson>(path.join(appDir, "package.json"));
  const warnings: string[] = [];
  const dependencies: Record<string, string> = {};
  for (const name of Object.keys(app.dependencies ?? {}).sort()) {
    if (NOT_NEEDED.has(name)) continue;
    const installed = findInstalledPackage(appDir, name);
    if (!installed)
      throw new UserError(`the dependency ${name} is not installed`, { fix: "Run: npm install" });
    if (isLocalPackage(installed.dir)) {
      throw new UserError(
        `the dependency ${name} is a package of this workspace, which cannot be installed elsewhere`,
        {
          fix: "Publish it, or import its files by a path or an alias of tsconfig.json: then they become part of the bundle",
        },
      );
    }
    dependencies[name] = installed.version;
  }
  const packageJson = {
    name: app.name ?? path.basename(appDir),
    version: app.version ?? "0.0.0",
    private: true as const,
    type: "module" as const,
    scripts: { start: "node start.mjs" },
    dependencies,
  };
  const lockFile = prunedLock(appDir, packageJson, warnings);
  return { packageJson, lockFile, warnings };
}

function isLocalPackage(dir: string): boolean {
  return !realpathSync(dir).split(path.sep).includes("node_modules");
}

/** The part of npm's lock that the dependencies need; other package managers' locks are not read. */
function prunedLock(
  appDir: string,
  root: ProductionPackage["packageJson"],
  warnings: string[],
): LockFile | undefined {
  for (let dir = appDir; ; dir = path.dirname(dir)) {
    const file = path.join(dir, "package-lock.json");
    if (existsSync(file)) {
      const location = path.relative(dir, appDir).split(path.sep).join("/");
      const pruned = pruneLock(readJson<LockFile>(file), { root, location });
      if (!pruned)
        warnings.push(`${file} does not cover the dependencies: the folder has no package-lock.json`);
      return pruned;
    }
    if (dir === path.dirname(dir)) break;
  }
  warnings.push(
    "the app has no package-lock.json: direct dependencies are pinned, those behind them are not",
  );
  return undefined;
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, "utf8")) as T;
}
