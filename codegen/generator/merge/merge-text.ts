import { diff3Merge } from "node-diff3";

/** What came of merging a file. */
export interface MergedText {
  text: string;
  /** Places that both sides changed in different ways; each stands between markers in the text. */
  conflicts: number;
}

const OURS = "<<<<<<< yours";
const BASE = "||||||| generated before";
const MIDDLE = "=======";
const THEIRS = ">>>>>>> generated now";

/**
 * Merges two versions of a text, line by line, over the one that both come from: a three-way merge by diff3 (Khanna,
 * Kunal and Pierce 2007). What both changed differently is kept from both sides, between conflict markers.
 */
export function mergeText(base: string, yours: string, generated: string): MergedText {
  let conflicts = 0;
  const lines = diff3Merge(yours.split("\n"), base.split("\n"), generated.split("\n"), {
    excludeFalseConflicts: true,
  }).flatMap((region) => {
    if (region.ok) return region.ok;
    conflicts++;
    const { a, o, b } = region.conflict!;
    return [OURS, ...a, BASE, ...o, MIDDLE, ...b, THEIRS];
  });
  return { text: lines.join("\n"), conflicts };
}

/** Whether a text has a conflict that nobody has resolved. */
export function hasConflictMarkers(text: string): boolean {
  return text.split("\n").some((line) => line.trimEnd() === OURS || line.trimEnd() === THEIRS);
}
