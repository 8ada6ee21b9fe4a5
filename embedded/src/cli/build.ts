import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { AppModel } from "../model/app-model.js";
import { findAppRoot, requirePackages } from "./app-root.js";
import type { CommandInput } from "./command.js";
import { checkedOutRevision } from "./config/index.js";
import { selectHosted } from "./hosted.js";
import { buildApp, loadValidApp } from "./prepare-app.js";
import { DOCKERFILE, DOCKERIGNORE, START_SCRIPT } from "./production/folder-files.js";
import { copyHost } from "./production/host-packages.js";
import type { Manifest } from "./production/manifest.js";
import { productionPackage } from "./production/packages.js";
import { sdkOf } from "./sdk.js";
import { Timing } from "./timing.js";
import { UserError } from "./user-error.js";
import { hostVersion } from "./version.js";

/** `axion build`: a folder that runs the app wherever there is Node, its packages and an infra config. */
export async function build({ options }: CommandInput): Promise<void> {
  const appDir = findAppRoot(options.string("app"));
  requirePackages(appDir);
  const { version, replacedBy } = sdkOf(appDir);
  if (replacedBy)
    throw new UserError(`encore.dev ${version} is too old for a production folder`, {
      fix: `Run: npm install encore.dev@${replacedBy}`,
    });
  const outDir = path.resolve(options.string("output") ?? path.join(appDir, "dist", "axion"));
  const app = await loadValidApp(appDir);
  const services = options.list("services");
  const hosted = selectHosted(app.model, services ? { services } : {});
  const { bundleFile } = await buildApp(app, hosted, new Timing());
  emptyBuildFolder(outDir, appDir);
  const outAppDir = path.join(outDir, "app");
  mkdirSync(outAppDir, { recursive: true });
  for (const suffix of ["", ".map"]) cpSync(bundleFile + suffix, path.join(outAppDir, `main.mjs${suffix}`));
  cpSync(app.modelFile, path.join(outAppDir, "model.json"));
  const manifest: Manifest = { hosted, revision: checkedOutRevision(appDir), host: hostVersion() };
  writeFileSync(path.join(outAppDir, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  for (const file of [...filesOf(app.model), ...(options.list("include") ?? [])])
    copyAppFile(appDir, outAppDir, file);
  const config = options.string("config");
  if (config !== undefined) cpSync(path.resolve(config), path.join(outDir, "infra-config.json"));
  await copyHost(path.join(outDir, "host"), app.model);
  const { packageJson, lockFile, warnings } = productionPackage(appDir);
  writeFileSync(path.join(outDir, "package.json"), `${JSON.stringify(packageJson, null, 2)}\n`);
  if (lockFile)
    writeFileSync(path.join(outDir, "package-lock.json"), `${JSON.stringify(lockFile, null, 2)}\n`);
  writeFileSync(path.join(outDir, "start.mjs"), START_SCRIPT);
  writeFileSync(path.join(outDir, "Dockerfile"), DOCKERFILE);
  writeFileSync(path.join(outDir, ".dockerignore"), DOCKERIGNORE);
  for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
  const shown = path.relative(process.cwd(), outDir) || ".";
  process.stdout.write(
    `built ${shown}\nrun it: cd ${shown} && npm ci --omit=dev && node start.mjs --config FILE\nor: docker build ${shown}\n`,
  );
}

/** Clears an earlier build. A folder with anything else in it is not ours to empty. */
function emptyBuildFolder(outDir: string, appDir: string): void {
  if (!existsSync(outDir)) return;
  const isEarlierBuild = existsSync(path.join(outDir, "app", "manifest.json"));
  if (path.relative(outDir, appDir) === "" || (!isEarlierBuild && readdirSync(outDir).length > 0)) {
    throw new UserError(`${outDir} is not empty, and not a folder that axion built`, {
      fix: "Name another folder: --output DIR",
    });
  }
  rmSync(outDir, { recursive: true, force: true });
}

/** What the app reads while it runs: migrations, and the files it serves. */
function filesOf(model: AppModel): string[] {
  const migrations = model.databases.flatMap((database) =>
    database.migrations ? [database.migrations.dir] : [],
  );
  const served = model.endpoints.flatMap(({ static: files }) =>
    files ? [files.dir, ...(files.notFound ? [files.notFound] : [])] : [],
  );
  return [...new Set([...migrations, ...served])];
}

function copyAppFile(appDir: string, outAppDir: string, file: string): void {
  const source = path.resolve(appDir, file);
  const relative = path.relative(appDir, source);
  if (relative.startsWith(".."))
    throw new UserError(`${file} is outside of the app`, {
      fix: "--include takes paths below the app's folder",
    });
  if (!existsSync(source)) throw new UserError(`${file} does not exist in ${appDir}`);
  cpSync(source, path.join(outAppDir, relative), { recursive: true });
}
