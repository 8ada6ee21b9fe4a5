// Builds the baselines as the generated services are built; NestJS as its users do, without a bundle.
import { execFileSync } from "node:child_process";
import { build } from "esbuild";

const common = {
  platform: "node",
  target: "node24",
  format: "esm",
  bundle: true,
  banner: {
    js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
  },
};
await build({ ...common, entryPoints: ["hand-hono.ts"], outdir: "dist", minify: true, splitting: true });
await build({
  ...common,
  entryPoints: ["nest.ts"],
  outdir: "dist",
  packages: "external",
  tsconfigRaw: { compilerOptions: { experimentalDecorators: true } },
});
const bun = ["--target=bun", "--bytecode", "--minify", "--outdir", "dist"];
execFileSync("bun", ["build", "hand-elysia.ts", "bare-bun.ts", ...bun]);
