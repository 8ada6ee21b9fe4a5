import { createHash } from "node:crypto";
import path from "node:path";
import type { BuildFailure, BuildOptions, Message, Plugin } from "esbuild";
import { postgresDriverPlugin } from "../../bin/postgres-driver.mjs";
import type { Diagnostic } from "../model/app-model.js";
import { InputSnapshot } from "./input-snapshot.js";
import { readIfExists, writeIfChanged } from "./write-files.js";

/** Raise when a change here makes older bundles wrong. */
const FORMAT = 3;

export interface BundleRequest {
  appDir: string;
  /** Text of the entry point; its imports are relative to `appDir`. */
  entry: string;
  /** Folder of the bundle and its record; one for each set of hosted services. */
  outDir: string;
  /** Where a module of the SDK is, when not in the app's packages; `id` changes when the answers do. */
  sdk?: { id: string; resolve: (specifier: string) => string };
}

export type BundleResult =
  | { file: string; rebuilt: boolean; externals: string[]; diagnostics?: undefined }
  | { diagnostics: Diagnostic[]; file?: undefined };

interface BundleRecord {
  key: string;
  inputs: unknown;
  externals: string[];
}

/**
 * Bundles the app into one ESM file; npm packages stay outside, save a Postgres
 * driver that needs correction. A bundle whose inputs have not changed is used
 * again, without loading the bundler.
 */
export async function bundleApp(request: BundleRequest): Promise<BundleResult> {
  const { appDir, entry, outDir } = request;
  const file = path.join(outDir, "main.mjs");
  const recordFile = path.join(outDir, "inputs.json");
  const key = createHash("sha256")
    .update(`${FORMAT}\0${appDir}\0${request.sdk?.id ?? ""}\0${entry}`)
    .digest("hex");
  const previous = readRecord(recordFile);
  if (
    previous?.key === key &&
    readIfExists(file) !== undefined &&
    InputSnapshot.fromJson(previous.inputs).isCurrent()
  ) {
    return { file, rebuilt: false, externals: previous.externals };
  }
  const { build } = await import("esbuild");
  try {
    const startedAt = Date.now();
    const result = await build(esbuildOptions(request, file));
    const inputs = Object.keys(result.metafile!.inputs).filter((name) => !name.startsWith("<"));
    const snapshot = InputSnapshot.take(
      appDir,
      inputs.map((name) => path.resolve(appDir, name)),
      startedAt,
    );
    const output = Object.values(result.metafile!.outputs).find(
      (candidate) => candidate.entryPoint !== undefined,
    );
    const externals = [
      ...new Set((output?.imports ?? []).filter(isStaticExternal).map((imported) => imported.path)),
    ];
    for (const written of result.outputFiles!) writeIfChanged(written.path, written.text);
    const record: BundleRecord = { key, inputs: snapshot.toJson(), externals };
    writeIfChanged(recordFile, JSON.stringify(record));
    return { file, rebuilt: true, externals };
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    return { diagnostics: error.errors.map(toDiagnostic) };
  }
}

/** As Encore bundles: the same syntax target, so that classes and decorators behave alike. */
function esbuildOptions({ appDir, entry, sdk }: BundleRequest, outfile: string): BuildOptions {
  return {
    stdin: { contents: entry, resolveDir: appDir, sourcefile: "<entry point>", loader: "ts" },
    absWorkingDir: appDir,
    outfile,
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    target: ["es2022", "node22"],
    packages: "external",
    alias: { "~encore": path.join(appDir, "encore.gen") },
    define: { ENCORE_DROP_TESTS: "true" },
    charset: "utf8",
    sourcemap: "linked",
    sourcesContent: false,
    metafile: true,
    logLevel: "silent",
    plugins: [postgresDriverPlugin(), ...(sdk ? [sdkPlugin(sdk.resolve)] : [])],
  };
}

function sdkPlugin(resolve: (specifier: string) => string): Plugin {
  return {
    name: "sdk",
    setup(build) {
      build.onResolve({ filter: /^encore\.dev(?:\/|$)/ }, ({ path: specifier }) => ({
        path: resolve(specifier),
        external: true,
      }));
    },
  };
}

function isStaticExternal(imported: { path: string; kind: string; external?: boolean }): boolean {
  return imported.external === true && imported.kind === "import-statement";
}

function readRecord(file: string): BundleRecord | undefined {
  const text = readIfExists(file);
  return text === undefined ? undefined : (JSON.parse(text) as BundleRecord);
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && Array.isArray((error as Partial<BuildFailure>).errors);
}

function toDiagnostic(message: Message): Diagnostic {
  const { location } = message;
  return {
    severity: "error",
    code: "bundle",
    message: message.text,
    ...(location ? { place: { file: location.file, line: location.line, column: location.column + 1 } } : {}),
  };
}
