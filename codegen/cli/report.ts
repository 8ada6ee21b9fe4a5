import { createTwoFilesPatch } from "diff";
import type { FileChange, FileOutcome } from "../generator/merge/plan-regeneration.js";
import type { Regeneration } from "../generator/merge/regenerate.js";

const words: Record<FileOutcome, string> = {
  created: "new",
  replaced: "changed",
  merged: "merged with your changes",
  conflict: "CONFLICT: both versions are in the file, between <<<<<<< and >>>>>>>",
  beside: "CONFLICT: yours stays, the new one is in",
  removed: "removed",
  left: "no longer generated; it has your changes, so it stays and is yours",
  "stays-deleted": "you deleted it: not written",
  ignored: "in .axionignore: not touched",
  unchanged: "unchanged",
};

/** What a regeneration does, a line for each file that does not simply stay. */
export function regenerationText({ changes, breaking }: Regeneration): string {
  const told = changes.filter(({ outcome }) => outcome !== "unchanged");
  const lines = told.map(
    ({ path, from, outcome }) =>
      `  ${from === undefined ? "" : `${from} → `}${path}: ${words[outcome]}${outcome === "beside" ? ` ${path}.new` : ""}`,
  );
  const created = told.filter(({ outcome }) => outcome === "created");
  // The first generation is a long list of the same.
  const shown = created.length === told.length && told.length > 20 ? [`  ${told.length} files`] : lines;
  const conflicts = changes.filter(isConflict).length;
  return [
    ...(breaking.length > 0 ? ["Breaking changes:"] : []),
    ...breaking.map(
      ({ subject, message, breaks }) =>
        `  ${subject}: ${message}${breaks.length > 0 ? ` Breaks: ${breaks.join(", ")}.` : ""}`,
    ),
    ...(told.length === 0 ? ["Nothing changed."] : ["Files:", ...shown]),
    ...(conflicts > 0
      ? [`${conflicts} ${conflicts === 1 ? "file has" : "files have"} a conflict to resolve.`]
      : []),
  ].join("\n");
}

/** Whether a person has to look at a file before it can be used. */
export function isConflict({ outcome }: FileChange): boolean {
  return outcome === "conflict" || outcome === "beside";
}

/** A regeneration as a unified diff. */
export function regenerationDiff(
  { changes }: Regeneration,
  read: (path: string) => string | undefined,
): string {
  return changes
    .flatMap(({ path, from, text, beside, outcome }) => {
      const patch = (oldName: string, newName: string, before: string, after: string) =>
        before === after && oldName === newName
          ? []
          : [createTwoFilesPatch(oldName, newName, before, after, undefined, undefined, { context: 3 })];
      const before = read(from ?? path);
      const old = before === undefined ? "/dev/null" : `a/${from ?? path}`;
      if (outcome === "removed") return patch(old, "/dev/null", before ?? "", "");
      return [
        ...(text === undefined ? [] : patch(old, `b/${path}`, before ?? "", text)),
        ...(beside === undefined ? [] : patch("/dev/null", `b/${path}.new`, "", beside)),
      ];
    })
    .join("");
}
