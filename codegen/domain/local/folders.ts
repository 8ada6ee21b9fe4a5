import { createHash, randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";

/** Whose folder it is. */
export interface DeploymentOwner {
  tenantId: string;
  projectId: string;
  deploymentId: string;
}

const secretsSchema = z.object({ serviceToken: z.string(), databasePassword: z.string() });
const environmentSchema = z.record(z.string(), z.string());

/** What the services of a project share on this machine. */
export type ProjectSecrets = z.infer<typeof secretsSchema>;

/** Folder of all that a tenant has on this machine. Its name says nothing of the tenant. */
export function tenantFolder(root: string, tenantId: string): string {
  return path.join(root, createHash("sha256").update(tenantId).digest("hex").slice(0, 24));
}

/** Folder of a project's deployments. */
export function projectFolder(root: string, tenantId: string, projectId: string): string {
  return path.join(tenantFolder(root, tenantId), projectId);
}

/** Folder of one deployment. */
export function deploymentFolder(root: string, owner: DeploymentOwner): string {
  return path.join(projectFolder(root, owner.tenantId, owner.projectId), owner.deploymentId);
}

/** Files of a deployment's folder. */
export const filesOf = (folder: string) => ({
  app: path.join(folder, "app"),
  logs: path.join(folder, "logs"),
  environment: path.join(folder, "environment.json"),
  installed: path.join(folder, "installed"),
});

/** The secrets of a project on this machine, made where there are none. */
export async function projectSecrets(
  root: string,
  owner: { tenantId: string; projectId: string },
): Promise<ProjectSecrets> {
  const folder = projectFolder(root, owner.tenantId, owner.projectId);
  const file = path.join(folder, "secrets.json");
  const known = await readText(file);
  if (known !== undefined) return secretsSchema.parse(JSON.parse(known));
  const made = {
    serviceToken: randomBytes(32).toString("base64url"),
    databasePassword: randomBytes(24).toString("base64url"),
  };
  await writePrivate(file, JSON.stringify(made));
  return made;
}

/** Keeps what the caller gave of the environment, beside the deployment's files. */
export async function writeEnvironment(folder: string, environment: Record<string, string>): Promise<void> {
  await writePrivate(filesOf(folder).environment, JSON.stringify(environment));
}

/** What the caller gave of the environment. */
export async function readEnvironment(folder: string): Promise<Record<string, string>> {
  const text = await readText(filesOf(folder).environment);
  return text === undefined ? {} : environmentSchema.parse(JSON.parse(text));
}

/** Removes what was installed and built for a project's deployments but some; their logs and environment stay. */
export async function discardBuilds(
  root: string,
  owner: { tenantId: string; projectId: string },
  kept: readonly string[],
): Promise<void> {
  const folder = projectFolder(root, owner.tenantId, owner.projectId);
  const entries = await readdir(folder, { withFileTypes: true });
  for (const { name } of entries.filter((entry) => entry.isDirectory() && !kept.includes(entry.name))) {
    const files = filesOf(path.join(folder, name));
    await rm(files.installed, { force: true });
    await removeFolder(files.app);
  }
}

/** Removes a folder with all in it; one that is gone already stays so. */
export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** The text of a file; undefined where there is none. */
export async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Writes a file for its owner alone, whole or not at all. */
async function writePrivate(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
