import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";

const OUT = join(import.meta.dirname, "..", "..", "dist", "test-children");

/** Bundles a TypeScript program of `support/` so that a process of its own can run it; returns the file. */
export async function buildChild(name: string): Promise<string> {
  mkdirSync(OUT, { recursive: true });
  const outfile = join(OUT, `${name}-${process.pid}.mjs`);
  await build({
    entryPoints: [join(import.meta.dirname, `${name}.ts`)],
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    outfile,
    logLevel: "error",
  });
  return outfile;
}

export interface Child {
  process: ChildProcess;
  /** The first line on standard output, as JSON. */
  firstLine: Promise<unknown>;
  ended: Promise<void>;
}

/** Starts the program with this Node. */
export function startChild(file: string, args: string[], user?: { uid: number; gid: number }): Child {
  const child = spawn(process.execPath, [file, ...args], { stdio: ["ignore", "pipe", "inherit"], ...user });
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, "exit").then(() => undefined);
  const firstLine = Promise.race([
    once(lines, "line").then(([line]: string[]) => JSON.parse(line as string) as unknown),
    ended.then(() => Promise.reject(new Error("the child ended without a line"))),
  ]);
  return { process: child, firstLine, ended };
}
