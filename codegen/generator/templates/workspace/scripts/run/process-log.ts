import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

const colours = [36, 35, 33, 32, 34, 96, 95, 93, 92, 94];

/** Names before each line, as wide as the longest, each in a colour of its own on a terminal. */
export class ProcessLog {
  readonly #width: number;
  readonly #names: string[];

  constructor(names: string[]) {
    this.#names = names;
    this.#width = Math.max(...names.map((name) => name.length));
  }

  /** Writes a line of a process. */
  write(name: string, line: string): void {
    const colour = colours[this.#names.indexOf(name) % colours.length];
    const label = `${name.padEnd(this.#width)} |`;
    process.stdout.write(
      process.stdout.isTTY ? `\u001B[${colour}m${label}\u001B[0m ${line}\n` : `${label} ${line}\n`,
    );
  }

  /** Writes all that a process says. */
  follow(name: string, ...streams: Readable[]): void {
    for (const input of streams) createInterface({ input }).on("line", (line) => this.write(name, line));
  }
}
