import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ProjectStateError } from "../generator/merge/project-state.js";
import { type Regeneration, regenerate } from "../generator/merge/regenerate.js";
import { ProjectFolder } from "./project-folder.js";
import { diagnosticsText, modelFile, readModel } from "./read-model.js";
import { isConflict, regenerationDiff, regenerationText } from "./report.js";
import { runDev } from "./run-dev.js";
import { starterModel } from "./starter-model.js";
import { CommandError, type CommandLine, readCommandLine, usage } from "./usage.js";

const commands: Record<string, (line: CommandLine) => Promise<void> | void> = {
  new: newProject,
  check,
  generate,
  diff,
  dev,
};

/** `axion project …`: works on a project's model and what is generated from it, without a running Axion. */
export async function main(args: string[]): Promise<void> {
  try {
    const line = readCommandLine(args);
    if (line.help) return print(usage);
    const command = Object.hasOwn(commands, line.command) ? commands[line.command] : undefined;
    if (command === undefined)
      throw new CommandError(`There is no command "${line.command}".\n\n${usage}`, 2);
    await command(line);
  } catch (error) {
    if (!(error instanceof CommandError || error instanceof ProjectStateError || isOfSystem(error)))
      throw error;
    process.stderr.write(`error: ${error.message}\n`);
    process.exitCode = error instanceof CommandError ? error.exitCode : 1;
  }
}

/** Whether the system refused: a full disk, a folder that may not be written, a file that is none. */
function isOfSystem(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error;
}

function newProject(line: CommandLine): void {
  const { name } = line;
  if (name === undefined) throw new CommandError("new takes a name: axion project new NAME", 2);
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(name))
    throw new CommandError(
      "The name has at most 63 lower-case letters, digits and hyphens, and begins with a letter.",
      2,
    );
  const dir = path.resolve(line.dir ?? name);
  if (existsSync(path.join(dir, "project.yaml")))
    throw new CommandError(`${dir} has a project.yaml already.`);
  mkdirSync(dir, { recursive: true });
  writeFileSync(path.join(dir, "project.yaml"), starterModel(name, line.framework), { flag: "wx" });
  generate({ ...line, dir });
  if (!line.json)
    print(`\nNext: cd ${path.relative(process.cwd(), dir) || "."} && npm install && npm run dev`);
}

function check(line: CommandLine): void {
  const file = modelFile(path.resolve(line.dir ?? "."), line.model);
  const { model, diagnostics } = readModel(file);
  if (line.json) print(JSON.stringify({ valid: model !== undefined, problems: diagnostics }, null, 2));
  else print(diagnostics.length === 0 ? `${file}: no problems` : diagnosticsText(diagnostics));
  if (model === undefined) process.exitCode = 1;
}

function generate(line: CommandLine): void {
  const { folder, regeneration } = planned(line);
  refuseUnresolved(regeneration);
  folder.write(regeneration);
  if (line.json) print(json(regeneration));
  else print(regenerationText(regeneration));
  if (regeneration.changes.some(isConflict)) process.exitCode = 1;
}

function diff(line: CommandLine): void {
  const { folder, regeneration } = planned(line);
  if (line.json) print(json(regeneration));
  else process.stdout.write(regenerationDiff(regeneration, (name) => folder.read(name)));
}

async function dev(line: CommandLine): Promise<void> {
  generate({ ...line, json: false });
  if (process.exitCode === undefined) process.exitCode = await runDev(path.resolve(line.dir ?? "."));
}

/** Reads model and folder, and decides what becomes of each file. */
function planned(line: CommandLine): { folder: ProjectFolder; regeneration: Regeneration } {
  const dir = path.resolve(line.dir ?? ".");
  const { model, diagnostics } = readModel(modelFile(dir, line.model));
  if (model === undefined) throw new CommandError(`the model has problems.\n${diagnosticsText(diagnostics)}`);
  const warnings = diagnosticsText(diagnostics);
  if (warnings !== "") process.stderr.write(`${warnings}\n`);
  const folder = new ProjectFolder(dir);
  if (folder.finish()) process.stderr.write("An interrupted generation was finished first.\n");
  return { folder, regeneration: regenerate(model, (name) => folder.read(name)) };
}

function refuseUnresolved({ unresolved }: Regeneration): void {
  if (unresolved.length === 0) return;
  throw new CommandError(
    `there are conflicts from the last generation. Resolve them first (remove the markers, or FILE.new):\n${unresolved.map((name) => `  ${name}`).join("\n")}`,
  );
}

function json({ changes, breaking, unresolved }: Regeneration): string {
  const files = changes.map(({ path: name, from, outcome }) => ({ path: name, from, outcome }));
  return JSON.stringify({ files, breaking, unresolved }, null, 2);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
