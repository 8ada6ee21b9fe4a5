#!/usr/bin/env node
// Starts the command line tool: on a Node that is new enough, from an up-to-date build of ../src.
import { existsSync } from "node:fs";
import * as nodeModule from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isNodeTooOld, runOnNewerNode, watchParent } from "./node-version.mjs";

const packageDir = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const distDir = path.join(packageDir, "dist");

if (isNodeTooOld(process.versions.node)) {
  await runOnNewerNode(packageDir);
} else {
  watchParent();
  nodeModule.enableCompileCache?.(process.env.NODE_COMPILE_CACHE ?? path.join(distDir, ".compile-cache"));
  if (existsSync(path.join(packageDir, "src"))) {
    const { ensureBuilt } = await import("./ensure-built.mjs");
    await ensureBuilt(packageDir);
  }
  const { main } = await import(pathToFileURL(path.join(distDir, "cli.mjs")).href);
  await main(process.argv.slice(2));
}
