import { readdir } from "node:fs/promises";
import { and, eq, inArray } from "drizzle-orm";
import type { Db } from "../../db.js";
import type { LocalSettings } from "../../deployment-settings.js";
import { workQueue } from "../../schema.js";
import { dropDatabases } from "./databases.js";
import { projectFolder, removeFolder, tenantFolder } from "./folders.js";
import { findProcesses, stopProcesses } from "./processes.js";

/** Ends processes of deployments that nobody works on or watches any more. Returns how many deployments they were of. */
export async function endOrphans(db: Db, settings: LocalSettings): Promise<number> {
  if (!settings.enabled) return 0;
  const ids = [...new Set((await findProcesses(settings.folder)).map(({ deploymentId }) => deploymentId))];
  if (ids.length === 0) return 0;
  const known = await db
    .select({ id: workQueue.id })
    .from(workQueue)
    .where(and(inArray(workQueue.id, ids), inArray(workQueue.kind, ["deployment", "running"])));
  const orphans = ids.filter((id) => !known.some((row) => row.id === id));
  for (const id of orphans) await stopProcesses(settings.folder, id);
  return orphans.length;
}

/** Removes what a project has on this machine: processes, databases, files. */
export async function removeProject(
  settings: LocalSettings,
  owner: { tenantId: string; projectId: string },
): Promise<void> {
  const folder = projectFolder(settings.folder, owner.tenantId, owner.projectId);
  const deployments = await entriesOf(folder);
  if (deployments.length === 0) return;
  for (const id of deployments) await stopProcesses(settings.folder, id);
  await dropDatabases(settings, owner.projectId);
  await removeFolder(folder);
}

/** Ends all that a tenant has on this machine. Returns how many projects had something. */
export async function removeTenant(db: Db, settings: LocalSettings, tenantId: string): Promise<number> {
  await db.delete(workQueue).where(eq(workQueue.tenantId, tenantId));
  const folder = tenantFolder(settings.folder, tenantId);
  const projects = await entriesOf(folder);
  for (const projectId of projects) await removeProject(settings, { tenantId, projectId });
  await removeFolder(folder);
  return projects.length;
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
