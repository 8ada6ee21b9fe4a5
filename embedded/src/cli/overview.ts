import { COMMANDS } from "./commands.js";

/** The text of `axion --help`. */
export function overview(): string {
  const width = Math.max(...COMMANDS.map((command) => command.name.length));
  const lines = COMMANDS.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`);
  return [
    "Runs an Encore.ts app on plain Node.",
    "",
    "Usage: axion COMMAND [options]",
    "",
    ...lines,
    "",
    "axion help COMMAND explains one command; axion --version prints the version.",
  ].join("\n");
}
