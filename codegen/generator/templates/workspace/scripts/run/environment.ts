import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseEnv } from "node:util";

/** Variables of the first of these files that there is; what the shell has goes before. */
export function environmentFrom(root: string, ...files: string[]): NodeJS.ProcessEnv {
  const file = files.map((name) => path.join(root, name)).find((name) => existsSync(name));
  return { ...(file === undefined ? {} : parseEnv(readFileSync(file, "utf8"))), ...process.env };
}
