import { APIError } from "encore.dev/api";
import { z } from "zod";
import { decodeCursor, encodeCursor, pageSize } from "../../../shared/pagination/cursor.js";
import type { Db } from "../../db.js";
import type { GeneratedFile } from "../../generator/generated-file.js";
import { readArchive, readArchiveFiles } from "../../result-files.js";
import type {
  ArchiveContent,
  GetGenerationFileRequest,
  ListGenerationFilesRequest,
  ListGenerationFilesResponse,
  ReadArchiveRequest,
  ResultFile,
  ResultFileText,
} from "../../types.js";
import { findCompleted } from "../generations.js";
import { sha256Of } from "./archive.js";

const partBytes = 4 * 1024 * 1024;
const longestPath = 1_000;
const cursorSchema = z.object({ path: z.string().max(longestPath) });

/** The files of a completed generation, by path. Throws `notFound`, and `failedPrecondition` where there are none. */
export async function listFiles(
  db: Db,
  tenantId: string,
  request: ListGenerationFilesRequest,
): Promise<ListGenerationFilesResponse> {
  const limit = pageSize(request.limit, { default: 200, max: 1_000 });
  const after = request.cursor === undefined ? "" : decodeCursor(request.cursor, cursorSchema).path;
  const files = await filesOf(db, tenantId, request.generationId);
  const found = inFolder([...files.values()], request.folder).filter(({ path }) => path > after);
  const page = found.slice(0, limit).map(toResultFile);
  const last = found.length > limit ? page.at(-1) : undefined;
  return { files: page, nextCursor: last && encodeCursor({ path: last.path }) };
}

/** One file of a completed generation with its text. Throws `notFound`. */
export async function getFile(
  db: Db,
  tenantId: string,
  { generationId, path }: GetGenerationFileRequest,
): Promise<ResultFileText> {
  const file = (await filesOf(db, tenantId, generationId)).get(path);
  if (file === undefined) throw APIError.notFound("path: the generation has no such file.");
  return { ...toResultFile(file), text: file.text };
}

/** A part of the archive of a completed generation, for the download. */
export async function readPart(
  db: Db,
  tenantId: string,
  { generationId, offset }: ReadArchiveRequest,
): Promise<ArchiveContent> {
  const { projectId, modelVersion, archiveSha256 } = await findCompleted(db, tenantId, generationId);
  const content = await readArchive({ tenantId, projectId, id: generationId });
  return partOf(content, {
    offset,
    sha256: archiveSha256 ?? sha256Of(content),
    fileName: `project-v${modelVersion}.tar.gz`,
  });
}

/** A part of an archive. Throws `invalidArgument` where it begins outside. */
export function partOf(
  content: Buffer,
  part: { offset: number; sha256: string; fileName: string },
): ArchiveContent {
  const { offset } = part;
  if (!Number.isInteger(offset) || offset < 0 || offset > content.length) {
    throw APIError.invalidArgument(`offset: a whole number from 0 to ${content.length}.`);
  }
  const base64 = content.subarray(offset, offset + partBytes).toString("base64");
  return { ...part, totalBytes: content.length, base64 };
}

/** The files of a completed generation, by path. */
export async function filesOf(
  db: Db,
  tenantId: string,
  generationId: string,
): Promise<Map<string, GeneratedFile>> {
  const { projectId } = await findCompleted(db, tenantId, generationId);
  return await readArchiveFiles({ tenantId, projectId, id: generationId });
}

/** Files below a folder, by path; all of them without one. */
export function inFolder<T extends { path: string }>(files: readonly T[], folder: string | undefined): T[] {
  const prefix = folder === undefined ? "" : `${folder.replace(/\/+$/, "")}/`;
  return files
    .filter(({ path }) => prefix === "/" || path.startsWith(prefix))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function toResultFile({ path, text, executable = false }: GeneratedFile): ResultFile {
  return { path, bytes: Buffer.byteLength(text), sha256: sha256Of(text), executable };
}
