import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { stripJsonComments } from "./json-with-comments.js";
import { isFile, isFolder } from "./walk.js";

interface Pattern {
  prefix: string;
  /** Unset for a pattern without `*`. */
  suffix?: string;
}

/** The `paths` of the app's root `tsconfig.json`; `extends` is not followed. */
export interface TsConfigPaths {
  base: string;
  entries: { key: Pattern; targets: Pattern[] }[];
}

/** Reads the aliases of a `tsconfig.json`; throws when it is not JSON with comments. */
export function readTsConfigPaths(file: string): TsConfigPaths | undefined {
  if (!isFile(file)) return undefined;
  const config = object(JSON.parse(stripJsonComments(readFileSync(file, "utf8"))), "the file");
  const options = object(
    config.compilerOptions ?? unlessNull(config, "compilerOptions"),
    "`compilerOptions`",
  );
  const base = resolve(dirname(file), typeof options.baseUrl === "string" ? options.baseUrl : ".");
  const paths = object(options.paths ?? unlessNull(options, "paths"), "`paths`");
  const entries = Object.entries(paths).map(([key, targets]) => ({
    key: pattern(key),
    targets: strings(targets, key).map(pattern),
  }));
  entries.sort((a, b) => b.key.prefix.length - a.key.prefix.length);
  return { base, entries };
}

/** The relative path that an alias stands for, if it matches one whose file exists. */
export function resolveAlias(paths: TsConfigPaths, specifier: string): string | undefined {
  for (const { key, targets } of paths.entries) {
    const rest = match(key, specifier);
    if (rest === undefined) continue;
    for (const target of targets) {
      if (key.suffix === undefined && target.suffix !== undefined) continue;
      const path = target.suffix === undefined ? target.prefix : target.prefix + rest + target.suffix;
      if (candidates(join(paths.base, path)).some((c) => isFile(c) || isFolder(c))) return path;
    }
  }
  return undefined;
}

/** Tests for the aliases of a `tsconfig.json` and the ones it extends, as the bundler sees them. */
export function aliasPatterns(file: string, depth = 0): ((specifier: string) => boolean)[] {
  if (!isFile(file) || depth > MAX_EXTENDS) return [];
  let config: Record<string, unknown>;
  try {
    config = record(JSON.parse(stripJsonComments(readFileSync(file, "utf8"))));
  } catch {
    // What is wrong with the file is reported where it is read for its paths.
    return [];
  }
  const paths = record(config.compilerOptions).paths;
  if (paths !== undefined) {
    return Object.keys(record(paths)).map(
      (key) => (specifier) => match(pattern(key), specifier) !== undefined,
    );
  }
  const bases = Array.isArray(config.extends) ? config.extends : [config.extends];
  return bases.flatMap((base) =>
    typeof base === "string" ? aliasPatterns(extendedFile(file, base), depth + 1) : [],
  );
}

function extendedFile(from: string, base: string): string {
  const path = base.startsWith(".")
    ? resolve(dirname(from), base)
    : join(dirname(from), "node_modules", base);
  return isFile(path) ? path : `${path}.json`;
}

const MAX_EXTENDS = 10;

function pattern(text: string): Pattern {
  const star = text.indexOf("*");
  return star < 0 ? { prefix: text } : { prefix: text.slice(0, star), suffix: text.slice(star + 1) };
}

function match(key: Pattern, specifier: string): string | undefined {
  if (key.suffix === undefined) return specifier === key.prefix ? "" : undefined;
  if (specifier.length < key.prefix.length + key.suffix.length) return undefined;
  if (!specifier.startsWith(key.prefix) || !specifier.endsWith(key.suffix)) return undefined;
  return specifier.slice(key.prefix.length, specifier.length - key.suffix.length);
}

const ANY = ["ts", "tsx", "d.ts", "js", "jsx", "mts", "d.mts", "mjs", "cts", "d.cts", "cjs"];
const BY_EXTENSION: Record<string, string[]> = {
  js: ["ts", "tsx", "d.ts", "js", "jsx"],
  mjs: ["mts", "d.mts", "mjs"],
  cjs: ["cts", "d.cts", "cjs"],
};

function candidates(path: string): string[] {
  const extension = /\.([^./\\]+)$/.exec(path)?.[1];
  if (extension === undefined) return [...ANY.map((e) => `${path}.${e}`), path];
  const known = BY_EXTENSION[extension];
  // The official resolver appends the candidate to a known extension (`x.js.ts`) as well as to an unknown one.
  if (known) return known.map((e) => `${path}.${e}`);
  return [...ANY.map((e) => `${path}.${e}`), path];
}

/** `{}` for what is left out; `null` is not that. */
function unlessNull(parent: Record<string, unknown>, key: string): unknown {
  return parent[key] === null ? null : {};
}

function object(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new TypeError(`${what} must be an object`);
}

function strings(value: unknown, key: string): string[] {
  if (Array.isArray(value) && value.every((v) => typeof v === "string")) return value;
  throw new TypeError(`the targets of the alias "${key}" must be an array of strings`);
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
