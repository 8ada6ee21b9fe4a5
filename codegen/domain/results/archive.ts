import { createHash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { packTar, type TarEntry, unpackTar } from "modern-tar";
import type { GeneratedFile } from "../../generator/generated-file.js";

const zip = promisify(gzip);
const unzip = promisify(gunzip);
const mostBytes = 256 * 1024 * 1024;
const filesAtOnce = 250;
/** Two blocks of zeros are what an archive ends with (POSIX.1, ustar). */
const endOfArchive = Buffer.alloc(1024);
/** One instant for all, so that the same files give the same archive. */
const mtime = new Date(Date.UTC(2026, 0, 1));

/** An archive with what identifies it. */
export interface Archive {
  content: Buffer;
  sha256: string;
}

/** Packs files as `.tar.gz`, below a folder. The same files give the same bytes. Others have their turn in between. */
export async function packArchive(folder: string, files: readonly GeneratedFile[]): Promise<Archive> {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < files.length; at += filesAtOnce) {
    const tar = await packTar(files.slice(at, at + filesAtOnce).map((file) => tarEntry(folder, file)));
    parts.push(tar.subarray(0, -endOfArchive.length));
    await nextTurn();
  }
  const content = await zip(Buffer.concat([...parts, endOfArchive]));
  return { content, sha256: sha256Of(content) };
}

function tarEntry(folder: string, { path, text, executable }: GeneratedFile): TarEntry {
  const body = Buffer.from(text, "utf8");
  const mode = executable ? 0o755 : 0o644;
  return { header: { name: `${folder}/${path}`, size: body.length, mode, mtime }, body };
}

/** The files of an archive, by path, without the folder above them. */
export async function unpackArchive(content: Buffer): Promise<Map<string, GeneratedFile>> {
  const tar = await unzip(content, { maxOutputLength: mostBytes });
  const files = new Map<string, GeneratedFile>();
  for (const { header, data } of await unpackTar(tar)) {
    if (data === undefined) continue;
    const path = header.name.slice(header.name.indexOf("/") + 1);
    const executable = ((header.mode ?? 0) & 0o111) !== 0;
    const text = Buffer.from(data).toString("utf8");
    files.set(path, { path, text, ...(executable ? { executable } : {}) });
  }
  return files;
}

/** SHA-256 in hexadecimal. */
export function sha256Of(content: Buffer | string): string {
  return createHash("sha256").update(content).digest("hex");
}
