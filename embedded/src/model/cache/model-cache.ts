import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import packageJson from "../../../package.json" with { type: "json" };
import type { AppModel, Diagnostic, ReadResult } from "../app-model.js";
import type { ReadInputs } from "../read-inputs.js";
import { type WalkResult, walkApp } from "../source/walk.js";
import { type FileStamp, listing, stampFile, unchanged } from "./source-stamp.js";

/** What a cached model was read from. */
interface CacheEntry {
  reader: string;
  /** What the walk found. */
  walk: WalkResult;
  /** Stamps of walked and other files that were read, by path relative to the app root. */
  stamps: Record<string, FileStamp>;
  /** Files and folders that must exist, and ones that must not. */
  present: string[];
  absent: string[];
  /** Folders whose names matter, with a hash of their names. */
  folders: Record<string, string>;
  warnings: Diagnostic[];
}

interface CachedModel {
  model: AppModel;
  diagnostics: Diagnostic[];
  modelFile: string;
  fingerprint: string;
}

interface ModelCache {
  /** The cached model, if it still holds. */
  lookUp(): CachedModel | undefined;
  /** Keeps a model that was read; a result without a model is not kept. */
  store(result: ReadResult & { inputs: ReadInputs }): { fingerprint: string; modelFile?: string };
}

/** Files beside the sources that decide how the app is read. */
const SETTINGS = ["encore.app", "tsconfig.json", "package.json"];

/** The cache of one app's model, in a folder of its own. */
export function openCache(root: string, cacheDir: string): ModelCache {
  const entryFile = join(cacheDir, "model-sources.json");
  const modelFile = join(cacheDir, "model.json");
  return {
    lookUp() {
      const entry = readJson<CacheEntry>(entryFile);
      if (!entry || entry.reader !== readerIdentity()) return undefined;
      const stamps = holds(root, entry);
      const model = stamps && readJson<AppModel>(modelFile);
      if (!stamps || !model) return undefined;
      if (stamps.some(([path, stamp]) => stamp !== entry.stamps[path])) {
        writeJson(entryFile, { ...entry, stamps: Object.fromEntries(stamps) });
      }
      return { model, diagnostics: entry.warnings, modelFile, fingerprint: fingerprintOf(entry) };
    },
    store({ model, diagnostics, inputs }) {
      const entry = entryOf(root, inputs, diagnostics);
      if (!model) return { fingerprint: fingerprintOf(entry) };
      mkdirSync(cacheDir, { recursive: true });
      writeJson(modelFile, model);
      writeJson(entryFile, entry);
      return { fingerprint: fingerprintOf(entry), modelFile };
    },
  };
}

function entryOf(root: string, inputs: ReadInputs, diagnostics: Diagnostic[]): CacheEntry {
  const stamps: Record<string, FileStamp> = {};
  for (const path of new Set([...inputs.walk.files, ...inputs.otherFiles, ...SETTINGS])) {
    const stamp = stampFile(resolve(root, path));
    if (stamp) stamps[path] = stamp;
  }
  return {
    reader: readerIdentity(),
    walk: inputs.walk,
    stamps,
    present: inputs.present,
    absent: SETTINGS.filter((path) => !(path in stamps)),
    folders: Object.fromEntries(inputs.folders.map((dir) => [dir, hash(listing(resolve(root, dir)))])),
    warnings: diagnostics,
  };
}

/** The stamps as they are now, if nothing that the model was read from has changed. */
function holds(root: string, entry: CacheEntry): [string, FileStamp][] | undefined {
  if (JSON.stringify(walkApp(root)) !== JSON.stringify(entry.walk)) return undefined;
  if (entry.absent.some((path) => existsSync(resolve(root, path)))) return undefined;
  if (!entry.present.every((path) => existsSync(resolve(root, path)))) return undefined;
  for (const [dir, known] of Object.entries(entry.folders)) {
    if (hash(listing(resolve(root, dir))) !== known) return undefined;
  }
  const stamps: [string, FileStamp][] = [];
  for (const [path, stamp] of Object.entries(entry.stamps)) {
    const now = unchanged(resolve(root, path), stamp);
    if (!now) return undefined;
    stamps.push([path, now]);
  }
  return stamps;
}

function fingerprintOf(entry: CacheEntry): string {
  const contents = Object.entries(entry.stamps).map(([path, { hash: content }]) => `${path} ${content}`);
  return hash([entry.reader, ...contents, ...Object.entries(entry.folders).flat()].join("\n"));
}

/** Version and build of the reader: another one may read the same sources differently. */
function readerIdentity(): string {
  const { mtimeMs, size } = statSync(fileURLToPath(import.meta.url));
  return `${packageJson.version} ${size} ${mtimeMs}`;
}

function hash(text: string): string {
  return createHash("sha1").update(text).digest("hex");
}

function readJson<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as T;
  } catch {
    // Missing or damaged: the sources are read again.
    return undefined;
  }
}

/** Writes beside the file and moves it in place, so that a reader never sees half of it. */
function writeJson(file: string, value: unknown): void {
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify(value));
  renameSync(temporary, file);
}
