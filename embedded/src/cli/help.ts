import type { Command } from "./command.js";
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

/** The text of `axion help NAME`. */
export function commandHelp(command: Command): string {
  const options = Object.entries(command.options).map(
    ([name, spec]) => [`--${name}${spec.value ? ` ${spec.value}` : ""}`, spec.help] as const,
  );
  const width = Math.max(0, ...options.map(([flag]) => flag.length));
  return [
    `Usage: axion ${command.name} ${command.usage}`,
    "",
    `${command.summary.charAt(0).toUpperCase()}${command.summary.slice(1)}.`,
    ...(command.details ? [command.details] : []),
    ...(options.length > 0 ? ["", ...options.map(([flag, text]) => `  ${flag.padEnd(width)}  ${text}`)] : []),
  ].join("\n");
}
