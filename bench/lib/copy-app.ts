import { execFile } from "node:child_process";
import { cp, mkdir, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * Copies an app's tracked and new files (what git would commit) to `target`,
 * and links the repository's packages into it: an app nobody has started yet.
 */
export async function copyApp(root: string, app: string, target: string): Promise<void> {
  const listed = await run(
    "git",
    ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", app],
    {
      cwd: root,
      maxBuffer: 64 * 1024 * 1024,
      timeout: 30_000,
    },
  );
  const prefix = app === "." ? "" : `${app}/`;
  for (const file of listed.stdout.split("\0").filter((name) => name !== "" && name.startsWith(prefix))) {
    const destination = join(target, file.slice(prefix.length));
    await mkdir(dirname(destination), { recursive: true });
    await cp(join(root, file), destination).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error; // listed, but deleted in the work tree
    });
  }
  await symlink(join(root, "node_modules"), join(target, "node_modules"));
}
