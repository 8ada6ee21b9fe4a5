import { createHash } from "node:crypto";
import { readdirSync, readFileSync, type Stats, statSync } from "node:fs";
import path from "node:path";
import { readIfExists } from "./write-files.js";

interface FileState {
  file: string;
  /** `null`: the file did not exist, and would matter if it did. */
  state: { mtimeMs: number; size: number; hash: string } | null;
}

interface DirState {
  dir: string;
  names: string;
}

/** Settings that change how a folder's files are compiled. */
const SETTINGS = ["tsconfig.json", "package.json"];
const MODULE_FILE = /\.(?:[cm]?[jt]sx?|json|txt|css)$/;
const UNRELATED_DIR = /^(?:\..*|node_modules)$/;
/** Files changed this recently are compared by content: their time stamps may be too coarse to tell. */
const COARSE_CLOCK_MS = 2000;

/** What a set of files was at some moment, so that a later start can tell whether anything changed. */
export class InputSnapshot {
  private constructor(
    private readonly files: FileState[],
    private readonly dirs: DirState[],
    private readonly takenAt: number,
  ) {}

  /**
   * Notes the files, the settings that govern them, and which modules lie beside them: a new
   * file can take precedence over the one that an import found before.
   */
  static take(rootDir: string, inputs: string[], takenAt: number): InputSnapshot {
    const dirs = new Set(inputs.map((input) => path.dirname(input)));
    const files = new Set(inputs);
    for (const dir of dirs) for (const file of settingsOf(dir, rootDir)) files.add(file);
    return new InputSnapshot(
      [...files].sort().map((file) => ({ file, state: fileState(file, takenAt) })),
      [...dirs].sort().map((dir) => ({ dir, names: moduleNames(dir) })),
      takenAt,
    );
  }

  static fromJson(json: unknown): InputSnapshot {
    const { files, dirs, takenAt } = json as { files: FileState[]; dirs: DirState[]; takenAt: number };
    return new InputSnapshot(files, dirs, takenAt);
  }

  toJson(): unknown {
    return { files: this.files, dirs: this.dirs, takenAt: this.takenAt };
  }

  /** Whether everything is still as it was noted. */
  isCurrent(): boolean {
    return (
      this.dirs.every(({ dir, names }) => moduleNames(dir) === names) &&
      this.files.every((file) => this.isSame(file))
    );
  }

  private isSame({ file, state }: FileState): boolean {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (!stats || !state) return stats === undefined && state === null;
    if (stats.size !== state.size) return false;
    const settled = state.mtimeMs < this.takenAt - COARSE_CLOCK_MS;
    return (settled && stats.mtimeMs === state.mtimeMs) || hashFile(file) === state.hash;
  }
}

/** The settings files that apply to a folder: its own and those above it, up to the root, with what they extend. */
function settingsOf(dir: string, rootDir: string): string[] {
  const files: string[] = [];
  for (let at = dir; ; at = path.dirname(at)) {
    for (const name of SETTINGS) files.push(...withBases(path.join(at, name)));
    if (at === rootDir || at === path.dirname(at)) return files;
  }
}

function withBases(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const base = readIfExists(file)?.match(/"extends"\s*:\s*"(\.[^"]+)"/)?.[1];
  if (base === undefined) return [file];
  const target = path.resolve(path.dirname(file), base);
  return [file, ...withBases(target.endsWith(".json") ? target : `${target}.json`, seen)];
}

/** A file changed since `takenAt` gets no hash: nobody knows which of its texts was read. */
function fileState(file: string, takenAt: number): FileState["state"] {
  const stats: Stats | undefined = statSync(file, { throwIfNoEntry: false });
  if (!stats) return null;
  return { mtimeMs: stats.mtimeMs, size: stats.size, hash: stats.mtimeMs < takenAt ? hashFile(file) : "" };
}

function hashFile(file: string): string {
  return createHash("sha1").update(readFileSync(file)).digest("base64");
}

function moduleNames(dir: string): string {
  try {
    const names = readdirSync(dir, { withFileTypes: true })
      .filter((entry) =>
        entry.isDirectory() ? !UNRELATED_DIR.test(entry.name) : MODULE_FILE.test(entry.name),
      )
      .map((entry) => entry.name);
    return names.sort().join("\n");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  }
}
