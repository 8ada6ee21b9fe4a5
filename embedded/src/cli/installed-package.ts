import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

export interface InstalledPackage {
  dir: string;
  version: string;
}

/** A package as modules in `startDir` find it: in the nearest `node_modules`, going up. */
export function findInstalledPackage(startDir: string, name: string): InstalledPackage | undefined {
  for (let at = startDir; ; at = path.dirname(at)) {
    const dir = path.join(at, "node_modules", name);
    const manifest = path.join(dir, "package.json");
    if (existsSync(manifest))
      return { dir, version: (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version };
    if (at === path.dirname(at)) return undefined;
  }
}
