import { isAbsolute, relative, sep } from "node:path";
import type { AppModel } from "./app-model.js";
import type { ModuleLoader } from "./source/module-loader.js";
import type { WalkResult } from "./source/walk.js";

/** What a model was read from, for the cache; paths relative to the app root, or absolute outside of it. */
export interface ReadInputs {
  /** What the walk found. */
  walk: WalkResult;
  /** Other files that were parsed, such as the types of packages. */
  otherFiles: string[];
  /** Files and folders whose existence was relied on. */
  present: string[];
  /** Folders whose names were read. */
  folders: string[];
}

/** Collects what the reader looked at. */
export function collectInputs(
  root: string,
  walk: WalkResult,
  loader: ModuleLoader,
  model: AppModel,
): ReadInputs {
  const walked = new Set(walk.files);
  const fromRoot = (path: string) => {
    const shown = relative(root, path);
    return shown.startsWith("..") || isAbsolute(shown) ? path : shown.split(sep).join("/");
  };
  const otherFiles = loader.modules.map((m) => fromRoot(m.path)).filter((path) => !walked.has(path));
  const parsed = new Set([...walked, ...otherFiles]);
  const imported = new Set(loader.importedFiles.map(fromRoot));
  const statics = model.endpoints.flatMap((e) => e.static ?? []);
  return {
    walk,
    otherFiles,
    present: [
      ...[...imported].filter((path) => !parsed.has(path)),
      ...statics.flatMap((s) => (s.notFound === undefined ? [s.dir] : [s.dir, s.notFound])),
    ],
    folders: model.databases.flatMap((d) => d.migrations?.dir ?? []),
  };
}
