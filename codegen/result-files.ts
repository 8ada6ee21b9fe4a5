import { Bucket } from "encore.dev/storage/objects";
import { unlessGone } from "../shared/storage/unless-gone.js";
import { unpackArchive } from "./domain/results/archive.js";
import type { GeneratedFile } from "./generator/generated-file.js";

/** Archives of generated projects and of bundles, below their tenant and project. */
const resultFiles = new Bucket("generated-projects");

/** Whose archive it is. */
export interface ArchiveOwner {
  tenantId: string;
  projectId: string;
  /** Of the generation, or of the deployment that is a bundle. */
  id: string;
}

const mostKept = 8;
/** Archives that were read last: whoever reads one file or part reads others. They never change. */
const contents = new Map<string, Promise<Buffer>>();
const unpacked = new Map<string, Promise<Map<string, GeneratedFile>>>();

const folderOf = (tenantId: string, projectId?: string): string =>
  `${encodeURIComponent(tenantId)}/${projectId === undefined ? "" : `${projectId}/`}`;

const keyOf = ({ tenantId, projectId, id }: ArchiveOwner): string =>
  `${folderOf(tenantId, projectId)}${id}.tar.gz`;

/** Keeps an archive; keeping it again replaces it. */
export async function writeArchive(owner: ArchiveOwner, content: Buffer): Promise<void> {
  forget(keyOf(owner));
  await resultFiles.upload(keyOf(owner), content, { contentType: "application/gzip" });
}

/** An archive that is kept. */
export async function readArchive(owner: ArchiveOwner): Promise<Buffer> {
  const key = keyOf(owner);
  return await remembered(contents, key, () => resultFiles.download(key));
}

/** The files in an archive, by path. */
export async function readArchiveFiles(owner: ArchiveOwner): Promise<Map<string, GeneratedFile>> {
  return await remembered(unpacked, keyOf(owner), async () => await unpackArchive(await readArchive(owner)));
}

/** Removes an archive; one that is gone already stays so. */
export async function removeArchive(owner: ArchiveOwner): Promise<void> {
  const key = keyOf(owner);
  forget(key);
  await unlessGone(resultFiles.remove(key));
}

/** Removes all archives of a tenant, or of one project of it; says how many they were. */
export async function removeArchives(tenantId: string, projectId?: string): Promise<number> {
  let removed = 0;
  for await (const { name } of resultFiles.list({ prefix: folderOf(tenantId, projectId) })) {
    forget(name);
    await unlessGone(resultFiles.remove(name));
    removed++;
  }
  return removed;
}

async function remembered<T>(kept: Map<string, Promise<T>>, key: string, read: () => Promise<T>): Promise<T> {
  const reading = kept.get(key) ?? read();
  kept.delete(key);
  kept.set(key, reading);
  const [oldest] = kept.keys();
  if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
  try {
    return await reading;
  } catch (error) {
    kept.delete(key);
    throw error;
  }
}

function forget(key: string): void {
  contents.delete(key);
  unpacked.delete(key);
}
