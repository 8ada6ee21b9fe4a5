import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** The state of one file, by which a change is noticed. */
export interface FileStamp {
  mtimeMs: number;
  size: number;
  /** SHA-1 of the content. */
  hash: string;
}

/** Stamps a file; undefined when it cannot be read. */
export function stampFile(path: string): FileStamp | undefined {
  try {
    const { mtimeMs, size } = statSync(path);
    return { mtimeMs, size, hash: createHash("sha1").update(readFileSync(path)).digest("hex") };
  } catch {
    return undefined;
  }
}

/**
 * Compares a file with its stamp. A file with another date and the same
 * content is unchanged; its new stamp is returned. Undefined: it has changed.
 */
export function unchanged(path: string, stamp: FileStamp): FileStamp | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat || stat.size !== stamp.size) return undefined;
  if (stat.mtimeMs === stamp.mtimeMs) return stamp;
  const now = stampFile(path);
  return now?.hash === stamp.hash ? now : undefined;
}

/** Names in a folder, and in its folders one level down, as one text; empty for a folder that is not there. */
export function listing(dir: string): string {
  return names(dir)
    .flatMap((name) => [name, ...names(join(dir, name)).map((inner) => `${name}/${inner}`)])
    .join("\n");
}

function names(dir: string): string[] {
  try {
    return readdirSync(dir).sort();
  } catch {
    return [];
  }
}
