import path from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the built host; this module ends up in it or in its folder of shared chunks. */
export function hostDir(): string {
  const dir = path.dirname(fileURLToPath(import.meta.url));
  return path.basename(dir) === "chunks" ? path.dirname(dir) : dir;
}

/** The library that `encore.dev` loads as its runtime. */
export function runtimeLibrary(): string {
  return path.join(hostDir(), "runtime.cjs");
}
