import type { GeneratedFile } from "../../generator/generated-file.js";
import type { ProjectModel } from "../../generator/model/schema.js";
import { type ArchiveOwner, writeArchive } from "../../result-files.js";
import { packArchive } from "../results/archive.js";

/** The generator's own record of what it wrote, which nobody needs who only runs the project. */
const generatorState = ".axion/";

/**
 * Keeps what Compose and Swarm need of a generation: its Compose and stack files, the edge's configuration, and the
 * sources that the images are built from.
 */
export async function writeBundle(
  owner: ArchiveOwner,
  model: ProjectModel,
  files: Iterable<GeneratedFile>,
): Promise<void> {
  const needed = [...files].filter(({ path }) => !path.startsWith(generatorState));
  const { content } = await packArchive(model.name, needed);
  await writeArchive(owner, content);
}
