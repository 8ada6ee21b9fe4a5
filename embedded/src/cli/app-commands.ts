import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { bundleApp } from "../generate/bundle.js";
import { appAbove } from "./app-root.js";
import { InvalidAppError } from "./invalid-app.js";
import { UserError } from "./user-error.js";

const packageSchema = z.object({
  axion: z
    .object({
      commands: z.record(
        z.string(),
        z.strictObject({ summary: z.string(), module: z.string().regex(/^[\w./-]+\.ts$/) }),
      ),
    })
    .optional(),
});

/** A command that an app adds to this tool: `"axion": {"commands": {NAME: {summary, module}}}` in its package.json. */
export interface AppCommand {
  name: string;
  summary: string;
  /** Runs it with what follows its name on the command line. */
  run(args: string[]): Promise<void>;
}

/** The commands of the app whose folder this is or is above, else of the app that this host is installed in. */
export function appCommands(): AppCommand[] {
  const appDir = appAbove(process.cwd()) ?? appAbove(import.meta.dirname);
  if (appDir === undefined) return [];
  const file = path.join(appDir, "package.json");
  if (!existsSync(file)) return [];
  const parsed = packageSchema.safeParse(JSON.parse(readFileSync(file, "utf8")));
  if (!parsed.success) throw new UserError(`${file}: ${z.prettifyError(parsed.error)}`);
  return Object.entries(parsed.data.axion?.commands ?? {}).map(([name, { summary, module }]) => ({
    name,
    summary,
    run: (args) => runModule(appDir, name, module, args),
  }));
}

/** Bundles a command's module as the app is bundled, and calls its `main`. */
async function runModule(appDir: string, name: string, module: string, args: string[]): Promise<void> {
  const bundle = await bundleApp({
    appDir,
    entry: `export { main } from ${JSON.stringify(`./${module}`)};`,
    outDir: path.join(appDir, ".axion", "commands", name),
  });
  if (bundle.diagnostics) throw new InvalidAppError(bundle.diagnostics, appDir);
  const { main } = (await import(pathToFileURL(bundle.file).href)) as {
    main: (args: string[]) => Promise<void>;
  };
  await main(args);
}
