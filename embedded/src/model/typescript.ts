import { createRequire } from "node:module";
import type typescript from "typescript";

/**
 * The TypeScript compiler, loaded on first use: an app that has not changed is
 * started from the cached model, without it.
 */
export let ts: typeof typescript;

/** Loads the compiler; every entry of the reader calls it before anything else. */
export function loadTypeScript(): void {
  ts ??= createRequire(import.meta.url)("typescript") as typeof typescript;
}
