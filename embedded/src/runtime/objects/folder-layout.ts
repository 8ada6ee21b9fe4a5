import { opendir } from "node:fs/promises";
import { join } from "node:path";

/**
 * Where objects lie in a folder. Each part of a name becomes a folder `d.…` and
 * the last one a file `f.…`, with everything but lower-case letters, digits, `-`
 * and `_` percent-encoded: `a` and `a/b` do not collide, nor do `a` and `A` on a file system that
 * ignores case, and no name leads out of the folder. Older versions lie in `v.…`.
 */
const MAX_PART = 180;

/** Path of an object below the bucket's folder. */
export function filePath(name: string): string {
  const { folders, last } = parts(name);
  return join(...folders, `f.${last}`);
}

/** Path of the folder with all versions of an object. */
export function versionsPath(name: string): string {
  const { folders, last } = parts(name);
  return join(...folders, `v.${last}`);
}

function parts(name: string): { folders: string[]; last: string } {
  const all = name.split("/").map(encodePart);
  const folders = all
    .slice(0, -1)
    .flatMap((pieces) => [...pieces.slice(0, -1).map((piece) => `c.${piece}`), `d.${pieces.at(-1)}`]);
  const last = all.at(-1) as string[];
  return {
    folders: [...folders, ...last.slice(0, -1).map((piece) => `c.${piece}`)],
    last: last.at(-1) as string,
  };
}

/** File systems limit a part to 255 bytes: a longer one continues in folders `c.…`. */
function encodePart(part: string): string[] {
  const encoded = Array.from(Buffer.from(part, "utf8"), (byte) => {
    const character = String.fromCharCode(byte);
    return /[a-z0-9_-]/.test(character) ? character : `%${byte.toString(16).padStart(2, "0")}`;
  });
  const pieces: string[] = [""];
  for (const character of encoded) {
    if ((pieces.at(-1) as string).length + character.length > MAX_PART) pieces.push("");
    pieces[pieces.length - 1] += character;
  }
  return pieces;
}

function decodePart(piece: string): Buffer {
  return Buffer.from(
    piece.replace(/%([0-9a-f]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  );
}

/** Objects whose name starts with the prefix, in byte order of their names; reads only the folders it must. */
export async function* walk(root: string, prefix: string): AsyncGenerator<{ name: string; path: string }> {
  yield* walkFolder(root, Buffer.alloc(0), Buffer.from(prefix, "utf8"));
}

async function* walkFolder(
  dir: string,
  base: Buffer,
  prefix: Buffer,
): AsyncGenerator<{ name: string; path: string }> {
  const children: { key: Buffer; path: string; kind: string }[] = [];
  for (const entry of await entries(dir)) {
    const kind = entry.slice(0, 2);
    if (kind !== "d." && kind !== "f." && kind !== "c.") continue;
    const key = Buffer.concat([
      base,
      decodePart(entry.slice(2)),
      kind === "d." ? Buffer.from("/") : Buffer.alloc(0),
    ]);
    const shared = Math.min(key.length, prefix.length);
    const matches =
      key.subarray(0, shared).equals(prefix.subarray(0, shared)) &&
      (kind !== "f." || key.length >= prefix.length);
    if (matches) children.push({ key, path: join(dir, entry), kind });
  }
  // What lies in a folder starts with the folder's key, so sorting the keys sorts the names. A continued part is
  // longer than any unbroken one that begins alike, and so comes after it.
  children.sort((a, b) => Buffer.compare(a.key, b.key) || (a.kind === "f." ? -1 : 1));
  for (const child of children) {
    if (child.kind === "f.") yield { name: child.key.toString("utf8"), path: child.path };
    else yield* walkFolder(child.path, child.key, prefix);
  }
}

async function entries(dir: string): Promise<string[]> {
  try {
    const names: string[] = [];
    for await (const entry of await opendir(dir)) names.push(entry.name);
    return names;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
