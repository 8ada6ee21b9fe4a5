/** One import: `import { names } from "from"`, or `import type` where all of them are types. */
export interface ImportLine {
  names: string;
  from: string;
  typesOnly: boolean;
}

/** Import lines of a file: packages first, each module once, in the order of names. */
export class Imports {
  private readonly modules = new Map<string, Set<string>>();

  /** Notes that the file uses a name of a module; gives the name back. */
  use(name: string, from: string): string {
    this.modules.set(from, (this.modules.get(from) ?? new Set()).add(name));
    return name;
  }

  /** Names that come from a module. */
  of(module: string): string[] {
    return [...(this.modules.get(module) ?? [])].toSorted();
  }

  lines(): ImportLine[] {
    return [...this.modules.keys()]
      .toSorted((a, b) => order(a) - order(b) || (a < b ? -1 : 1))
      .map((from) => {
        const names = this.of(from);
        const typesOnly = names.every((name) => name.startsWith("type "));
        return {
          names: (typesOnly ? names.map((name) => name.slice(5)) : names).join(", "),
          from,
          typesOnly,
        };
      });
  }
}

function order(from: string): number {
  return from.startsWith(".") ? 1 : 0;
}
