import { parseArgs } from "node:util";
import { type CommandInput, type CommandSpec, invocationOf, Options } from "./command.js";
import { nearest } from "./nearest.js";
import { usageError } from "./user-error.js";

/** Parses what follows the command's name. Unknown flags are refused with the nearest known one. */
export function parseCommandLine(command: CommandSpec, args: string[]): CommandInput {
  const { tokens } = parseArgs({ args, options: parserOptions(command), strict: false, tokens: true });
  const values: Record<string, string | boolean> = {};
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const spec = command.options[token.name];
    if (!spec && command.passThrough) {
      positionals.push(token.inlineValue ? `${token.rawName}=${token.value}` : token.rawName);
      continue;
    }
    if (!spec) throw unknownFlag(command, token.rawName);
    if (spec.type === "string" && (token.value === undefined || token.value === "")) {
      throw usageError(`${token.rawName} needs a value: ${token.rawName} ${spec.value ?? "VALUE"}`);
    }
    if (spec.type === "boolean" && token.value !== undefined)
      throw usageError(`${token.rawName} takes no value`);
    values[token.name] = token.value ?? true;
  }
  const known = command.positionals ?? [];
  const extra = positionals[known.length];
  if (!command.passThrough && extra !== undefined) {
    throw usageError(
      `${invocationOf(command)} does not take the argument "${extra}"`,
      `See: ${invocationOf(command)} --help`,
    );
  }
  return { options: new Options(values), positionals };
}

function parserOptions(command: CommandSpec): Record<string, { type: "string" | "boolean" }> {
  return Object.fromEntries(Object.entries(command.options).map(([name, { type }]) => [name, { type }]));
}

function unknownFlag(command: CommandSpec, rawName: string): Error {
  const close = nearest(rawName.replace(/^-+/, ""), Object.keys(command.options));
  return usageError(
    `${invocationOf(command)} has no option ${rawName}`,
    close ? `Did you mean --${close}?` : `See: ${invocationOf(command)} --help`,
  );
}
