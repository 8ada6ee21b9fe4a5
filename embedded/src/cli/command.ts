/** What every command states about itself; help and argument parsing follow from it. */
export interface CommandSpec {
  name: string;
  /** How it is called, where that is not `axion NAME`. */
  invocation?: string;
  /** One line for `axion --help`. */
  summary: string;
  /** After `axion NAME`, e.g. `[--port N]`. */
  usage: string;
  /** Further paragraphs of `axion help NAME`. */
  details?: string;
  options: Record<string, OptionSpec>;
  /** Names of the positional arguments it takes, in order. */
  positionals?: string[];
  /** Hands unknown arguments on (`axion test` to vitest) instead of refusing them. */
  passThrough?: boolean;
}

/** A command of the tool. */
export interface Command extends CommandSpec {
  /** Loads the implementation; kept lazy so that a command pays only for itself. */
  load: () => Promise<(input: CommandInput) => Promise<void>>;
}

/** What a user types to call a command. */
export function invocationOf(command: CommandSpec): string {
  return command.invocation ?? `axion ${command.name}`;
}

export interface OptionSpec {
  type: "string" | "boolean";
  /** Placeholder of the value in help, e.g. `DIR`. */
  value?: string;
  help: string;
}

export interface CommandInput {
  options: Options;
  positionals: string[];
}

/** The parsed options, read by kind. */
export class Options {
  constructor(private readonly values: Record<string, string | boolean | undefined>) {}

  string(name: string): string | undefined {
    const value = this.values[name];
    return typeof value === "string" ? value : undefined;
  }

  flag(name: string): boolean {
    return this.values[name] === true;
  }

  /** Comma-separated names; `undefined` when the option is absent. */
  list(name: string): string[] | undefined {
    return this.string(name)
      ?.split(",")
      .map((item) => item.trim())
      .filter((item) => item !== "");
  }
}
