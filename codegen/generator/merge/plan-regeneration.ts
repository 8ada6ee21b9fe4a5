import type { GeneratedFile } from "../generated-file.js";
import { mergeJson } from "./merge-json.js";
import { hasConflictMarkers, mergeText } from "./merge-text.js";
import { renameWords } from "./renames.js";

/** What becomes of a file of the project. */
export type FileOutcome =
  /** Written for the first time. */
  | "created"
  /** As it was generated, replaced by the new text. */
  | "replaced"
  /** Edited by a person; their changes and the new ones are both in it. */
  | "merged"
  /** Both sides changed the same lines: both stand between conflict markers. */
  | "conflict"
  /** Both sides changed it, and markers would break it: the new text is beside it, in `PATH.new`. */
  | "beside"
  /** No longer generated and never edited: removed. */
  | "removed"
  /** No longer generated, but edited: it stays, and belongs to its author from now on. */
  | "left"
  /** Deleted by a person: it stays deleted. */
  | "stays-deleted"
  /** Named in `.axionignore`: not touched. */
  | "ignored"
  | "unchanged";

/** One file of a regeneration. */
export interface FileChange {
  path: string;
  outcome: FileOutcome;
  /** Where the file was before, when the model renamed it. */
  from?: string;
  /** Text at `path` afterwards; absent where the file stays as it is or goes. */
  text?: string;
  /** Text for `PATH.new`. */
  beside?: string;
  executable?: boolean;
  /** It stays as it is, and a person has changed it. */
  edited?: boolean;
}

/** What is there and what is to be there. */
export interface RegenerationInput {
  /** Texts as they were generated last, by path. Empty for the first generation. */
  base: ReadonlyMap<string, string>;
  /** Text of a file of the project as it is now. */
  current(path: string): string | undefined;
  next: readonly GeneratedFile[];
  /** Whether `.axionignore` names a path. */
  ignored(path: string): boolean;
  /** Old path → new path, and old word → new word, of what the model renamed. */
  paths: ReadonlyMap<string, string>;
  words: ReadonlyMap<string, string>;
}

/**
 * Decides what becomes of each file when a project is generated again, by path. Nothing is written. No line that a person
 * wrote goes away: it is in the file, between conflict markers, or in the file that stays while the new text is beside it.
 */
export function planRegeneration(input: RegenerationInput): FileChange[] {
  const { base, current, next, paths } = input;
  const oldPaths = new Map([...paths].map(([from, to]) => [to, from]));
  const changes = next.map((file) => planFile(file, oldPaths.get(file.path), input));
  const expected = new Set(next.map(({ path }) => path));
  for (const [path, generated] of base) {
    if (expected.has(path) || paths.has(path)) continue;
    const text = current(path);
    if (input.ignored(path)) changes.push({ path, outcome: "ignored" });
    else if (text !== undefined)
      changes.push({ path, outcome: sameText(text, generated) ? "removed" : "left" });
  }
  return changes.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function planFile(file: GeneratedFile, from: string | undefined, input: RegenerationInput): FileChange {
  const { path, text: next, executable } = file;
  const oldPath = from ?? path;
  const base = input.base.get(oldPath);
  const current = input.current(oldPath);
  if (input.ignored(path) || input.ignored(oldPath)) return { path, outcome: "ignored" };
  if (current === undefined && base !== undefined) return { path, outcome: "stays-deleted" };
  if (from !== undefined && input.current(path) !== undefined)
    return { path, outcome: "beside", beside: next };
  const more = { ...(from === undefined ? {} : { from }), ...(executable ? { executable } : {}) };
  if (current === undefined) return { path, outcome: "created", text: next, ...more };
  if (base !== undefined && from !== undefined && sameText(current, base))
    return { path, outcome: "replaced", text: next, ...more };
  if (sameText(current, next)) return { path, outcome: "unchanged" };
  if (base === undefined) return { path, outcome: "beside", beside: next };
  if (sameText(current, base)) return { path, outcome: "replaced", text: next, ...more };
  const { words } = input;
  const merged = mergeFile(path, renameWords(base, words), renameWords(unixLines(current), words), next);
  const text = current.includes("\r\n") ? merged.text.replaceAll("\n", "\r\n") : merged.text;
  if (from === undefined && text === current && merged.outcome === "merged")
    return { path, outcome: "unchanged", edited: true };
  return { path, ...merged, text, ...more };
}

function mergeFile(
  path: string,
  base: string,
  current: string,
  next: string,
): Pick<FileChange, "outcome" | "beside"> & { text: string } {
  if (!path.endsWith(".json")) {
    const { text, conflicts } = mergeText(base, current, next);
    return { outcome: conflicts > 0 ? "conflict" : "merged", text };
  }
  const merged = mergeJson(base, current, next);
  if (merged === undefined) return { outcome: "beside", text: current, beside: next };
  return {
    outcome: "merged",
    text: JSON.stringify(JSON.parse(merged)) === jsonOf(current) ? current : merged,
  };
}

/** A JSON text without its spaces; as it is where it is none. */
function jsonOf(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}

/** Paths of the conflicts of an earlier generation that nobody has resolved: markers in the text, or `PATH.new` still there. */
export function unresolvedConflicts(
  paths: Iterable<string>,
  current: (path: string) => string | undefined,
): string[] {
  return [...paths].filter(
    (path) => hasConflictMarkers(current(path) ?? "") || current(`${path}.new`) !== undefined,
  );
}

function sameText(a: string, b: string): boolean {
  return a === b || unixLines(a) === unixLines(b);
}

function unixLines(text: string): string {
  return text.replaceAll("\r\n", "\n");
}
