import { readFileSync } from "node:fs";
import { isAbsolute, join, relative, sep } from "node:path";
import type { Diagnostics } from "../diagnostics.js";
import { ts } from "../typescript.js";
import { FileResolver, type ResolvedImport } from "./resolve-file.js";
import { SourceModule } from "./source-module.js";
import { aliasPatterns, readTsConfigPaths, type TsConfigPaths } from "./tsconfig-paths.js";
import { UNIVERSE } from "./universe.js";

const PARSED_EXTENSIONS = /\.[mc]?[jt]sx?$/;

/** A module, a file not yet parsed, a thing without types to read (a Node built-in, JSON, an asset), or nothing. */
type ImportTarget = SourceModule | { unread: string } | "opaque" | undefined;

function isInPackage(path: string): boolean {
  return path.includes(`${sep}node_modules${sep}`);
}

/** Parses files, each once, and follows imports between them. */
export class ModuleLoader {
  readonly #modules = new Map<string, SourceModule>();
  readonly #resolved = new Map<string, ResolvedImport>();
  readonly #files: FileResolver;
  #aliases: ((specifier: string) => boolean)[] | undefined;

  /** Names that need no import: `Date`, `Array`, `Omit` … */
  readonly universe: SourceModule;
  /** Stands for the generated `~encore/clients`. */
  readonly clients: SourceModule;
  /** Stands for the generated `~encore/auth`. */
  readonly auth: SourceModule;

  constructor(
    readonly root: string,
    readonly diagnostics: Diagnostics,
  ) {
    this.universe = this.#virtual("universe.ts", UNIVERSE);
    this.clients = this.#virtual("encore.gen/clients", "");
    this.auth = this.#virtual("encore.gen/auth", "");
    this.#files = new FileResolver(this.#readPaths());
  }

  /** The modules loaded so far. */
  get modules(): SourceModule[] {
    return [...this.#modules.values()];
  }

  /** The files that imports were found to lead to. */
  get importedFiles(): string[] {
    return [...this.#resolved.values()].flatMap((target) => (target && "file" in target ? target.file : []));
  }

  /** Loads a file; syntax errors are reported. */
  load(path: string, packageEntry?: string): SourceModule {
    const known = this.#modules.get(path);
    if (known) return known;
    const module = this.#parse(path, this.#display(path), readFileSync(path, "utf8"), {
      ...(packageEntry !== undefined && { packageEntry }),
    });
    this.#modules.set(path, module);
    return module;
  }

  /** Parses a file that is not part of the app: its syntax errors are of no interest. */
  parseApart(path: string): SourceModule {
    return this.#parse(path, this.#display(path), readFileSync(path, "utf8"), { report: false });
  }

  /** Whether tsconfig.json, or one it extends, has an alias for a specifier. */
  hasAlias(specifier: string): boolean {
    this.#aliases ??= aliasPatterns(join(this.root, "tsconfig.json"));
    return this.#aliases.some((matches) => matches(specifier));
  }

  /** Follows an import, parsing what it leads to; nothing is reported when it leads nowhere. */
  resolve(from: SourceModule, specifier: string): SourceModule | "opaque" | undefined {
    const target = this.find(from, specifier);
    if (target === undefined || target === "opaque" || target instanceof SourceModule) return target;
    const bare = !specifier.startsWith(".") && !isAbsolute(specifier);
    return this.load(target.unread, bare ? specifier : undefined);
  }

  /** Finds what an import leads to, without parsing it. */
  find(from: SourceModule, specifier: string): ImportTarget {
    if (specifier === "~encore/clients") return this.clients;
    if (specifier === "~encore/auth") return this.auth;
    const target = this.#locate(from, specifier);
    if (!target) return undefined;
    if ("builtin" in target || !PARSED_EXTENSIONS.test(target.file)) return "opaque";
    const generated = join(this.root, "encore.gen") + sep;
    if (target.file.startsWith(`${generated}clients${sep}`)) return this.clients;
    if (target.file.startsWith(`${generated}auth${sep}`)) return this.auth;
    return this.#modules.get(target.file) ?? { unread: target.file };
  }

  /** Whether a file is one that the app's authors write, not a package's. */
  isOwn(path: string): boolean {
    return path.startsWith(this.root + sep) && !isInPackage(path);
  }

  #locate(from: SourceModule, specifier: string): ResolvedImport {
    const key = `${from.path}\0${specifier}`;
    if (!this.#resolved.has(key)) this.#resolved.set(key, this.#files.resolve(from.path, specifier));
    return this.#resolved.get(key);
  }

  #readPaths(): TsConfigPaths | undefined {
    const file = join(this.root, "tsconfig.json");
    try {
      return readTsConfigPaths(file);
    } catch (error) {
      this.diagnostics.error(
        { file: "tsconfig.json", line: 1, column: 1 },
        {
          code: "tsconfig-invalid",
          message: `tsconfig.json cannot be read: ${error instanceof Error ? error.message : String(error)}`,
          fix: "Comments are fine, trailing commas are not.",
        },
      );
      return undefined;
    }
  }

  #virtual(name: string, text: string): SourceModule {
    return this.#parse(name, name, text);
  }

  #parse(
    path: string,
    file: string,
    text: string,
    options: { packageEntry?: string; report?: boolean } = {},
  ): SourceModule {
    const kind = path.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
    const settings = {
      languageVersion: ts.ScriptTarget.Latest,
      jsDocParsingMode: ts.JSDocParsingMode.ParseNone,
    };
    const syntax = ts.createSourceFile(path, text, settings, false, kind);
    const module = new SourceModule(path, file, syntax, options.packageEntry);
    if (options.report !== false && !isInPackage(path)) this.#reportSyntax(module);
    return module;
  }

  #reportSyntax(module: SourceModule): void {
    const problems = (module.syntax as { parseDiagnostics?: import("typescript").DiagnosticWithLocation[] })
      .parseDiagnostics;
    for (const problem of problems ?? []) {
      const { line, character } = ts.getLineAndCharacterOfPosition(module.syntax, problem.start);
      this.diagnostics.error(
        { file: module.file, line: line + 1, column: character + 1 },
        { code: "syntax", message: ts.flattenDiagnosticMessageText(problem.messageText, "\n") },
      );
    }
  }

  #display(path: string): string {
    const shown = relative(this.root, path);
    return (shown.startsWith("..") || isAbsolute(shown) ? path : shown).split(sep).join("/");
  }
}
