import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The commit that is checked out, read from git's own files; empty outside of a repository. */
export function checkedOutRevision(appDir: string): string {
  const git = join(appDir, ".git");
  const head = read(join(git, "HEAD"));
  const ref = /^ref: (.+)$/.exec(head)?.[1];
  if (ref === undefined) return head;
  const packed = read(join(git, "packed-refs"))
    .split("\n")
    .find((line) => line.endsWith(` ${ref}`));
  return read(join(git, ref)) || (packed?.split(" ")[0] ?? "");
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return ""; // not a repository, a worktree, or a reference that is packed
  }
}
