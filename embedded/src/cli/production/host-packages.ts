import { cpSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { AppModel } from "../../model/app-model.js";
import { hostDir, runtimeLibrary } from "../host-files.js";

/** Packages that the built host loads when it needs them, and when an app may need them. */
const LAZY_PACKAGES: { name: string; isNeeded: (model: AppModel) => boolean }[] = [
  { name: "@aws-sdk/client-s3", isNeeded: (model) => model.buckets.length > 0 },
  { name: "@aws-sdk/s3-request-presigner", isNeeded: (model) => model.buckets.length > 0 },
];

/** Copies what of the built host runs an app, with the packages it may need, each in one file: nothing of it is left to install. */
export async function copyHost(outDir: string, model: AppModel): Promise<void> {
  const source = hostDir();
  const needed = LAZY_PACKAGES.filter(({ isNeeded }) => isNeeded(model));
  const { build } = await import("esbuild");
  const common = { bundle: true, platform: "node", target: "node22.12", logLevel: "error" } as const;
  await build({
    ...common,
    entryPoints: { production: path.join(source, "production.mjs") },
    outdir: outDir,
    outExtension: { ".js": ".mjs" },
    chunkNames: "chunks/[name]-[hash]",
    format: "esm",
    splitting: true,
    packages: "external",
  });
  cpSync(runtimeLibrary(), path.join(outDir, "runtime.cjs"));
  for (const { name } of needed) {
    const dir = path.join(outDir, "node_modules", name);
    await build({
      ...common,
      stdin: { contents: `module.exports = require(${JSON.stringify(name)});`, resolveDir: source },
      outfile: path.join(dir, "index.js"),
      minify: true,
      format: "cjs",
    });
    writeFileSync(path.join(dir, "package.json"), `${JSON.stringify({ name, main: "index.js" })}\n`);
  }
}
