import { type CommandSpec, invocationOf } from "./command.js";

/** The explanation of one command. */
export function commandHelp(command: CommandSpec): string {
  const options = Object.entries(command.options).map(
    ([name, spec]) => [`--${name}${spec.value ? ` ${spec.value}` : ""}`, spec.help] as const,
  );
  const width = Math.max(0, ...options.map(([flag]) => flag.length));
  return [
    `Usage: ${invocationOf(command)} ${command.usage}`,
    "",
    `${command.summary.charAt(0).toUpperCase()}${command.summary.slice(1)}.`,
    ...(command.details ? [command.details] : []),
    ...(options.length > 0 ? ["", ...options.map(([flag, text]) => `  ${flag.padEnd(width)}  ${text}`)] : []),
  ].join("\n");
}
