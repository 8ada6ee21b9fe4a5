import { appCommands } from "./app-commands.js";
import { COMMANDS } from "./commands.js";

/** The text of `axion --help`. */
export function overview(): string {
  const ofApp = appCommands();
  const width = Math.max(...[...COMMANDS, ...ofApp].map((command) => command.name.length));
  const line = ({ name, summary }: { name: string; summary: string }) =>
    `  ${name.padEnd(width)}  ${summary}`;
  return [
    "Runs an Encore.ts app on plain Node.",
    "",
    "Usage: axion COMMAND [options]",
    "",
    ...COMMANDS.map(line),
    "",
    ...(ofApp.length > 0 ? ["Commands of this app:", "", ...ofApp.map(line), ""] : []),
    "axion help COMMAND explains one command; axion --version prints the version.",
  ].join("\n");
}
