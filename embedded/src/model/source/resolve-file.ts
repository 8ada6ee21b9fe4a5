import { readFileSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { resolveExports } from "./package-exports.js";
import { resolveAlias, type TsConfigPaths } from "./tsconfig-paths.js";
import { isFile, isFolder } from "./walk.js";

const EXTENSIONS = ["ts", "tsx", "js", "jsx", "json", "node"];
const TYPESCRIPT_FOR: Record<string, string[]> = {
  js: ["ts", "tsx"],
  jsx: ["ts", "tsx"],
  mjs: ["mts"],
  cjs: ["cts"],
};

/** What an import specifier leads to. */
export type ResolvedImport = { file: string } | { builtin: string } | undefined;

/** Finds the files that imports mean, by the official parser's rules: aliases first, then Node's, types preferred. */
export class FileResolver {
  readonly #manifests = new Map<string, Record<string, unknown> | undefined>();

  constructor(readonly paths: TsConfigPaths | undefined) {}

  resolve(from: string, specifier: string): ResolvedImport {
    const alias = this.paths && resolveAlias(this.paths, specifier);
    if (this.paths && alias !== undefined) return this.#resolveNode(this.paths.base, alias);
    const result = this.#resolveNode(dirname(from), specifier);
    return result && "file" in result ? { file: declarationOf(result.file) } : result;
  }

  #resolveNode(folder: string, specifier: string): ResolvedImport {
    if (specifier.startsWith("node:") || isBuiltin(specifier)) return { builtin: specifier };
    const relative = specifier === "." || specifier === ".." || /^\.\.?\//.test(specifier);
    const found =
      relative || isAbsolute(specifier)
        ? this.#asPath(resolve(folder, specifier), specifier.endsWith("/"))
        : this.#inNodeModules(folder, specifier);
    return found === undefined ? undefined : { file: found };
  }

  #asPath(path: string, folderOnly = false): string | undefined {
    return (folderOnly ? undefined : asFile(path)) ?? this.#asFolder(path, true);
  }

  #asFolder(path: string, withManifest: boolean): string | undefined {
    if (!isFolder(path)) return undefined;
    const manifest = withManifest ? this.#manifest(path) : undefined;
    const main = manifest?.module ?? manifest?.main;
    if (typeof main === "string") {
      const entry = join(path, main);
      return asFile(entry) ?? this.#asFolder(entry, false);
    }
    return EXTENSIONS.map((e) => join(path, `index.${e}`)).find(isFile);
  }

  #inNodeModules(folder: string, specifier: string): string | undefined {
    const [name, subpath] = splitPackage(specifier);
    for (let at = folder; ; at = dirname(at)) {
      const modules = join(at, "node_modules");
      if (isFolder(modules)) {
        const found = this.#inPackage(join(modules, name), subpath) ?? this.#asPath(join(modules, specifier));
        if (found !== undefined) return found;
      }
      if (dirname(at) === at) break;
    }
    return name === "encore.dev" ? this.#inPackage(hostsOwnSdk(), subpath) : undefined;
  }

  #inPackage(folder: string, subpath: string): string | undefined {
    const exports = this.#manifest(folder)?.exports;
    if (exports === undefined || exports === null) return undefined;
    const target = resolveExports(exports, subpath);
    return target === undefined ? undefined : this.#asPath(join(folder, target));
  }

  #manifest(folder: string): Record<string, unknown> | undefined {
    if (!this.#manifests.has(folder)) this.#manifests.set(folder, readManifest(folder));
    return this.#manifests.get(folder);
  }
}

function asFile(path: string): string | undefined {
  const extension = /[^/\\]\.([^./\\]+)$/.exec(path)?.[1];
  if (extension === undefined && isFile(`${path}.js`)) return `${path}.js`;
  if (isFile(path)) return path;
  const appended = EXTENSIONS.map((e) => `${path}.${e}`).find(isFile);
  if (appended !== undefined || extension === undefined) return appended;
  const stem = path.slice(0, -extension.length);
  return TYPESCRIPT_FOR[extension]?.map((e) => stem + e).find(isFile);
}

/** The SDK that came with the host, for an app whose packages are not installed. */
function hostsOwnSdk(): string {
  return join(createRequire(import.meta.url).resolve("encore.dev"), "..", "..");
}

function declarationOf(file: string): string {
  const declaration = file.replace(/\.([mc]?)js$/, ".d.$1ts");
  return declaration !== file && isFile(declaration) ? declaration : file;
}

function splitPackage(specifier: string): [string, string] {
  const parts = specifier.split("/");
  const length = specifier.startsWith("@") ? 2 : 1;
  return [parts.slice(0, length).join("/"), parts.slice(length).join("/")];
}

function readManifest(folder: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    // A package without a readable manifest is looked up by its files alone.
    return undefined;
  }
}
