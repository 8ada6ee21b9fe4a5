import { Bucket } from "encore.dev/storage/objects";
import { unlessGone } from "../shared/storage/unless-gone.js";

/** Exports of tenants' data, as numbered parts of NDJSON. */
const exportFiles = new Bucket("tenant-exports");

const folder = (tenantId: string, exportId: string): string => `${encodeURIComponent(tenantId)}/${exportId}/`;

const nameOf = (part: number): string => `${String(part).padStart(6, "0")}.ndjson`;

/** Keeps one part of an export; keeping it again replaces it. */
export async function writeExportPart(
  owner: { tenantId: string; exportId: string; part: number },
  lines: string,
): Promise<void> {
  const key = folder(owner.tenantId, owner.exportId) + nameOf(owner.part);
  await exportFiles.upload(key, Buffer.from(lines), { contentType: "application/x-ndjson" });
}

/** One part of an export. */
export async function readExportPart(owner: {
  tenantId: string;
  exportId: string;
  part: number;
}): Promise<string> {
  const key = folder(owner.tenantId, owner.exportId) + nameOf(owner.part);
  return (await exportFiles.download(key)).toString("utf8");
}

/** Removes one export. */
export async function removeExport(tenantId: string, exportId: string): Promise<void> {
  for await (const { name } of exportFiles.list({ prefix: folder(tenantId, exportId) })) {
    await unlessGone(exportFiles.remove(name));
  }
}

/** Removes all exports of a tenant; says how many files they were. */
export async function removeExportFiles(tenantId: string): Promise<number> {
  let removed = 0;
  for await (const { name } of exportFiles.list({ prefix: `${encodeURIComponent(tenantId)}/` })) {
    await unlessGone(exportFiles.remove(name));
    removed++;
  }
  return removed;
}
