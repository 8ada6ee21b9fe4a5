import { parseCommandLine } from "./arguments.js";
import { COMMANDS } from "./commands.js";
import { commandHelp } from "./help.js";
import { nearest } from "./nearest.js";
import { overview } from "./overview.js";
import { reportFailure } from "./report-failure.js";
import { usageError } from "./user-error.js";
import { hostVersion } from "./version.js";

/** Runs one command line; failures are printed and become the exit code. */
export async function main(argv: string[]): Promise<void> {
  try {
    await run(argv);
  } catch (error) {
    reportFailure(error);
    // A failed start leaves connections and servers of the app open.
    process.exit();
  }
}

async function run(argv: string[]): Promise<void> {
  const [name, ...rest] = argv;
  if (name === undefined || name === "--help" || name === "-h") return print(overview());
  if (name === "--version" || name === "-v") return print(hostVersion());
  if (name === "help") return print(rest[0] === undefined ? overview() : commandHelp(findCommand(rest[0])));
  const command = findCommand(name);
  if (!command.passThrough && (rest.includes("--help") || rest.includes("-h")))
    return print(commandHelp(command));
  const input = parseCommandLine(command, rest);
  const execute = await command.load();
  await execute(input);
}

function findCommand(name: string) {
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command) return command;
  const close = nearest(
    name,
    COMMANDS.map((candidate) => candidate.name),
  );
  throw usageError(
    name.startsWith("-") ? `axion has no option ${name}` : `axion has no command "${name}"`,
    close ? `Did you mean "axion ${close}"?` : "See: axion --help",
  );
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
