import { join, resolve } from "node:path";
import type { AppModel, Diagnostic } from "./app-model.js";
import { openCache } from "./cache/model-cache.js";

/** What is known of an app before it starts. */
interface LoadedModel {
  /** Absent when an error makes it meaningless. */
  model?: AppModel;
  diagnostics: Diagnostic[];
  /** Absolute path of the model as JSON; absent when there is no model. */
  modelFile?: string;
  /** Hash of everything the model was read from: it changes when a source is added, changed or removed. */
  fingerprint: string;
  /** Whether the model came from the cache: nothing was read but the dates of the files. */
  cached: boolean;
}

/**
 * The model of an app, from the cache when no source has changed since it was
 * read. Only an app that has changed loads the TypeScript compiler.
 */
export async function loadApp(options: { appDir: string; cacheDir?: string }): Promise<LoadedModel> {
  const root = resolve(options.appDir);
  const cache = openCache(root, options.cacheDir ?? join(root, ".axion", "cache"));
  const known = cache.lookUp();
  if (known) return { ...known, cached: true };
  const { readApp } = await import("./read-app.js");
  const result = await readApp(root);
  const { fingerprint, modelFile } = cache.store(result);
  return { ...result, ...(modelFile !== undefined && { modelFile }), fingerprint, cached: false };
}
