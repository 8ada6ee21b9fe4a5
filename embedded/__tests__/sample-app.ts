import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** The folder of the installed `encore.dev`. */
const SDK = join(createRequire(import.meta.url).resolve("encore.dev"), "..", "..");

/** The settings of an app without services. */
export const EMPTY_APP = {
  "encore.app": '{ "id": "" }',
  "package.json": '{ "name": "sample", "private": true, "type": "module" }',
  "tsconfig.json": '{ "compilerOptions": { "paths": { "~encore/*": ["./encore.gen/*"] } } }',
};

/** An app in a folder of its own, removed at the end of its scope. */
export interface SampleApp extends Disposable {
  root: string;
  /** Writes a file, creating its folders. */
  write(path: string, text: string): void;
}

/** Writes an app to a new folder; `null` leaves a file out. Only `encore.dev` is linked into its `node_modules`. */
export function writeSampleApp(
  files: Record<string, string | null>,
  links: Record<string, string> = {},
): SampleApp {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "sample-app-")));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  for (const [path, text] of Object.entries(files)) if (text !== null) write(path, text);
  const link = (path: string, target: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    symlinkSync(target, join(root, path));
  };
  link("node_modules/encore.dev", SDK);
  for (const [path, target] of Object.entries(links)) link(path, join(root, target));
  return { root, write, [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) };
}
