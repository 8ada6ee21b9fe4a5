import { type AppCommand, appCommands } from "./app-commands.js";
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
  if (name === "help") return rest[0] === undefined ? print(overview()) : await run([rest[0], "--help"]);
  const ofApp = findAppCommand(name);
  if (ofApp) return await ofApp.run(rest);
  const command = findCommand(name);
  const wantsHelp = rest.includes("--help") || rest.includes("-h");
  if (wantsHelp && (!command.passThrough || argv.length === 2)) return print(commandHelp(command));
  const input = parseCommandLine(command, rest);
  const execute = await command.load();
  await execute(input);
}

function findAppCommand(name: string): AppCommand | undefined {
  if (COMMANDS.some((command) => command.name === name)) return undefined;
  return appCommands().find((command) => command.name === name);
}

function findCommand(name: string) {
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command) return command;
  const close = nearest(
    name,
    [...COMMANDS, ...appCommands()].map((candidate) => candidate.name),
  );
  throw usageError(
    name.startsWith("-") ? `axion has no option ${name}` : `axion has no command "${name}"`,
    close ? `Did you mean "axion ${close}"?` : "See: axion --help",
  );
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
