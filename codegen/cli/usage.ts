import { parseArgs } from "node:util";

/** The command line was wrong, or the project cannot be worked on: told without a stack trace. */
export class CommandError extends Error {
  constructor(
    message: string,
    /** 1: not possible; 2: wrong command line. */
    readonly exitCode: 1 | 2 = 1,
  ) {
    super(message);
  }
}

export const usage = `Usage: axion project COMMAND [options]

  new NAME     make a folder NAME with a model to start from, and generate the project
  check        check the model: everything that is wrong with it, with path and fix
  generate     generate the project, or again over what is there: what people changed stays
  diff         what generate would change, as a unified diff; nothing is written
  dev          generate, install what is missing, and run all services with restart on change

  --dir DIR           folder of the project (default: here; for new: NAME)
  --model FILE        the model, JSON or YAML (default: project.yaml, project.yml or project.json in the folder)
  --framework NAME    for new: hono (on Node, the default) or elysia (on Bun)
  --json              print the result as JSON
  --help              this text

A conflict stands in the file between <<<<<<< and >>>>>>>, or beside it in FILE.new; generate refuses to go on before it
is resolved. Paths named in .axionignore (as in .gitignore) are never touched.
Exit code: 0 done, 1 the model or the project has problems, 2 the command line was wrong.`;

export interface CommandLine {
  command: string;
  name?: string;
  dir?: string;
  model?: string;
  framework: "hono" | "elysia";
  json: boolean;
  help: boolean;
}

/** Reads the command line. Throws `CommandError`. */
export function readCommandLine(args: string[]): CommandLine {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        dir: { type: "string" },
        model: { type: "string" },
        framework: { type: "string", default: "hono" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    const [command, name, extra] = positionals;
    const { framework } = values;
    if (framework !== "hono" && framework !== "elysia")
      throw new CommandError(`--framework is hono or elysia, not "${framework}".`, 2);
    if (extra !== undefined || (name !== undefined && command !== "new"))
      throw new CommandError(`"${extra ?? name}" is one argument too many.\n\n${usage}`, 2);
    return {
      command: command ?? "",
      ...(name === undefined ? {} : { name }),
      ...(values.dir === undefined ? {} : { dir: values.dir }),
      ...(values.model === undefined ? {} : { model: values.model }),
      framework,
      json: values.json,
      help: values.help || command === undefined || command === "help",
    };
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`${(error as Error).message}\n\n${usage}`, 2);
  }
}
