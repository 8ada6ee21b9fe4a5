import { type Dirent, readdirSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";

/** A `.ts` file of the app, or a folder's own `encore.app`. */
export interface WalkResult {
  /** Paths relative to the app root, with `/`. Within a folder, `encore.service.ts` comes first. */
  files: string[];
  /** Sources of kinds that are not read: JavaScript, `.tsx`, `.mts`, `.cts`. */
  otherSources: string[];
  /** Folders that cannot be listed. */
  unreadable: string[];
  /** Folders below the root that hold an `encore.app` of their own. */
  nestedApps: string[];
}

const SERVICE_FILE = "encore.service.ts";
const MAX_DEPTH = 64;

/** Whether the official parser passes over a file or folder of this name. */
function isIgnoredName(name: string): boolean {
  return (
    name === "node_modules" ||
    name === "encore.gen" ||
    name === "__tests__" ||
    name.startsWith(".") ||
    /\.(test|spec)\.(ts|js)$/.test(name)
  );
}

/** Lists the app's source files, as the official parser walks them. Links to folders are not followed. */
export function walkApp(root: string): WalkResult {
  const result: WalkResult = { files: [], otherSources: [], unreadable: [], nestedApps: [] };
  walkFolder(root, "", 0, result);
  return result;
}

function walkFolder(root: string, folder: string, depth: number, result: WalkResult): void {
  const listed = list(join(root, folder));
  if (!listed) {
    result.unreadable.push(folder === "" ? "." : folder);
    return;
  }
  const entries = listed
    .filter((e) => !isIgnoredName(e.name))
    .sort((a, b) => {
      if (a.name === SERVICE_FILE) return -1;
      if (b.name === SERVICE_FILE) return 1;
      return a.name < b.name ? -1 : 1;
    });
  for (const entry of entries) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (depth < MAX_DEPTH) walkFolder(root, path, depth + 1, result);
    } else if (entry.isFile() && entry.name.endsWith(".ts") && entry.name !== ".ts") {
      result.files.push(path);
    } else if (entry.isFile() && /\.(tsx|mts|cts|jsx|mjs|cjs|js)$/.test(entry.name)) {
      result.otherSources.push(path);
    } else if (entry.isFile() && entry.name === "encore.app" && folder !== "") {
      result.nestedApps.push(folder);
    }
  }
}

function list(folder: string): Dirent[] | undefined {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return undefined;
  }
}

/** Whether a path is a file; what cannot be looked at is not. */
export function isFile(path: string): boolean {
  return lookAt(path)?.isFile() ?? false;
}

/** Whether a path is a folder. */
export function isFolder(path: string): boolean {
  return lookAt(path)?.isDirectory() ?? false;
}

function lookAt(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    // Below a file, behind a loop of links, or not permitted: not there for us.
    return undefined;
  }
}
